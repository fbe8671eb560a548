/*
 * The nodes of the hub, by what each says of itself under hub/status. One that is silent for three of its periods is
 * gone; it stays in sight for a while, so that somebody may notice.
 */

import { byId, element, lamp, setText, short } from './text.js';

export const STATUS_TOPIC = 'hub/status';

const NODES_MAX = 64;
const PERIODS_MAX = 3;
const COUNTS = ['streams', 'events', 'deliveries', 'periodMillis'];
const GONE_SHOWN_MILLIS = 60_000;

/** By their number, in the order of their names. */
let nodes = new Map();
let listeningSince = 0;


/** A node has said how it is. */
export function note(event) {
  const said = event.json;
  if (typeof said?.node !== 'string' || !COUNTS.every((name) => Number.isFinite(said[name]))) {
    return; // of another version
  }
  const at = Date.parse(event.time);
  const before = nodes.get(said.node);
  const seconds = before ? (at - before.at) / 1000 : 0;
  const rate = (name) => (seconds > 0 ? Math.max(0, said[name] - before.said[name]) / seconds : null);
  const row = before?.row ?? rowOf();
  nodes.set(said.node, { said, at, heardAt: Date.now(), row, events: rate('events'), deliveries: rate('deliveries') });
  if (!before) {
    for (const [id, other] of nodes) {
      const isSilent = isGone(other) || other.heardAt < listeningSince;
      if (isSilent && other.said.name === said.name && id !== said.node) {
        nodes.delete(id); // it has been started again
      }
    }
    const sorted = [...nodes].sort(([, a], [, b]) => (String(a.said.name) < String(b.said.name) ? -1 : 1));
    nodes = new Map(sorted.slice(0, NODES_MAX));
    draw();
  }
}

/** From now on silence means something. */
export function listen() {
  listeningSince = Date.now();
}

/** Nothing is heard any more, and so nothing is known. */
export function forgetAll() {
  nodes.clear();
  listeningSince = 0;
  draw();
}

const silentMillis = (node) => Date.now() - Math.max(node.heardAt, listeningSince);

const isGone = (node) => silentMillis(node) > PERIODS_MAX * Math.max(1000, node.said.periodMillis);

/** What all that are there do together, null while nothing is known. */
export function totals() {
  const there = [...nodes.values()].filter((node) => !isGone(node));
  const sum = (value) => there.reduce((total, node) => total + (value(node) ?? 0), 0);
  return there.length === 0 ? null : {
    nodes: there.length,
    streams: sum((node) => node.said.streams),
    deliveries: there.every((node) => node.deliveries === null) ? null : sum((node) => node.deliveries),
  };
}

/** Once a second. */
export function draw() {
  for (const [id, node] of nodes) {
    if (silentMillis(node) > GONE_SHOWN_MILLIS) {
      nodes.delete(id);
    }
  }
  byId('nodes-room').hidden = nodes.size === 0;
  const rows = [...nodes.values()].map((node) => node.row);
  const list = byId('nodes');
  if (rows.length !== list.children.length || rows.some((row, place) => list.children[place] !== row)) {
    list.replaceChildren(...rows);
  }
  nodes.forEach(update);
}

function rowOf() {
  const row = element('tr', '');
  const name = element('th', '');
  name.scope = 'row';
  name.append(lamp(), element('span', 'name'), ' ', element('small', 'state'));
  row.append(name, ...Array.from({ length: 5 }, () => element('td', '')));
  return row;
}

function update(node) {
  const { said, row } = node;
  const gone = isGone(node);
  const [name, streams, events, deliveries, log, up] = row.children;
  row.dataset.state = gone ? 'gone' : said.draining ? 'draining' : 'live';
  setText(name.querySelector('.name'), String(said.name));
  name.title = [said.version, said.node].filter(Boolean).join(' · ');
  setText(name.querySelector('.state'),
    gone ? `gone, silent for ${Math.round(silentMillis(node) / 1000)} s` : said.draining ? 'draining' : '');
  setText(streams, gone ? '' : said.streams.toLocaleString('en'));
  setText(events, gone || node.events === null ? '' : short(node.events));
  setText(deliveries, gone || node.deliveries === null ? '' : short(node.deliveries));
  setText(log, String(said.log?.newest ?? 'empty').split('-').pop());
  log.title = `${said.log?.oldest ?? ''} … ${said.log?.newest ?? ''}`;
  setText(up, gone ? '' : uptime(node.at - Date.parse(said.startedAt)));
  up.title = 'since ' + said.startedAt;
}

/** In the two largest units. */
function uptime(millis) {
  const minutes = Math.floor(millis / 60_000);
  return Number.isNaN(minutes) ? ''
    : minutes < 1 ? `${Math.max(0, Math.floor(millis / 1000))} s`
    : minutes < 60 ? `${minutes} min`
    : minutes < 1440 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : `${Math.floor(minutes / 1440)} d ${Math.floor(minutes / 60) % 24} h`;
}
