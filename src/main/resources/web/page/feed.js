/*
 * The feed: the newest KEPT_EVENTS_MAX events in memory, the newest ROWS_MAX of those that match on the page. Events
 * are only noted as they come; rows are made when the browser draws, and under a flood no more often than the eye can
 * follow. So a thousand events a second cost what a hundred rows a few times a second cost.
 */

import { clockText } from './clock.js';
import { button, byId, counted, element, fromJson } from './text.js';

const ROWS_MAX = 100;
const KEPT_EVENTS_MAX = 2_000;
const KEPT_CHARS_MAX = 8 << 20; // of all of them
const EVENT_CHARS_MAX = 16_384; // of one; the rest is a curl away
const PREVIEW_CHARS = 600;
const PRETTY_CHARS_MAX = 8_192; // longer JSON is shown as it came
const LINE_CHARS = 76; // JSON that fits is not broken into lines
const FLOOD_EVENTS = 25; // between two drawings: from here on rows are plain, and drawn at FLOOD_DRAW_MILLIS
const FLOOD_DRAW_MILLIS = 150;

/** Events and notices, oldest first: {serial, …}. */
let kept = [];
let keptChars = 0;
let serial = 0;
let drawnSerial = 0;
let pausedSerial = 0; // 0: not paused
let search = '';
let topic = '';
let isDue = false;
let isFlood = false;
let counts = { events: 0, gaps: 0 };
let actions = {};

/** What rows can do: {useTopic(topic), resumeAfter(id)}. */
export function onAction(handlers) {
  actions = handlers;
}

export function addEvent(event, millis) {
  counts.events++;
  const data = event.data.length > EVENT_CHARS_MAX ? event.data.slice(0, EVENT_CHARS_MAX) : event.data;
  add({
    id: event.id,
    topics: event.topics,
    type: event.type,
    millis,
    data,
    size: event.data.length,
    chars: data.length + 200,
  });
}

/** Something the page has to say; a gap counts. */
export function addNotice(kind, title, text) {
  counts.gaps += kind === 'gap' ? 1 : 0;
  add({ notice: kind, title, text, millis: Date.now(), chars: 200 });
}

function add(item) {
  item.serial = ++serial;
  kept.push(item);
  keptChars += item.chars;
  if (kept.length > KEPT_EVENTS_MAX * 1.1 || keptChars > KEPT_CHARS_MAX) {
    let dropped = Math.max(0, kept.length - KEPT_EVENTS_MAX);
    keptChars -= kept.slice(0, dropped).reduce((sum, old) => sum + old.chars, 0);
    while (keptChars > KEPT_CHARS_MAX && dropped < kept.length) {
      keptChars -= kept[dropped++].chars;
    }
    kept = kept.slice(dropped);
  }
  drawSoon();
}

export function clear() {
  kept = [];
  keptChars = 0;
  drawnSerial = serial;
  counts = { events: 0, gaps: 0 };
  byId('feed').replaceChildren();
  drawSoon();
}

export function setSearch(text) {
  search = text.trim().toLowerCase();
  redraw();
}

export function setTopic(name) {
  topic = name;
  byId('feed-topic').hidden = name === '';
  byId('feed-topic-name').textContent = name;
  redraw();
}

export const isPaused = () => pausedSerial > 0;

export function setPaused(isPaused) {
  pausedSerial = isPaused ? serial || 1 : 0;
  byId('feed-pause').setAttribute('aria-pressed', isPaused);
  draw();
}

function drawSoon() {
  if (!isDue) {
    isDue = true;
    // A page in the background is drawn never, and notes only what it keeps anyway.
    setTimeout(() => requestAnimationFrame(draw), isFlood ? FLOOD_DRAW_MILLIS : 0);
  }
}

function redraw() {
  drawnSerial = 0;
  byId('feed').replaceChildren();
  draw();
}

function matches(item) {
  if (item.notice) {
    return search === '' && topic === '';
  }
  return (topic === '' || item.topics.includes(topic))
    && (search === ''
      || item.data.toLowerCase().includes(search)
      || item.topics.some((each) => each.toLowerCase().includes(search))
      || (item.type ?? '').toLowerCase().includes(search)
      || (item.id ?? '').includes(search));
}

function draw() {
  isDue = false;
  const until = pausedSerial || serial;
  const fresh = [];
  for (let i = kept.length - 1; i >= 0 && kept[i].serial > drawnSerial && fresh.length < ROWS_MAX; i--) {
    if (kept[i].serial <= until && matches(kept[i])) {
      fresh.push(kept[i]);
    }
  }
  isFlood = until - drawnSerial > FLOOD_EVENTS && drawnSerial > 0;
  drawnSerial = Math.max(until, drawnSerial);
  const list = byId('feed');
  if (fresh.length === ROWS_MAX) {
    list.replaceChildren();
  }
  list.prepend(...fresh.map((item) => (item.notice ? noticeRow(item) : eventRow(item))));
  while (list.childElementCount > ROWS_MAX) {
    list.lastElementChild.remove();
  }
  byId('feed-empty').hidden = list.childElementCount > 0 || search !== '' || topic !== '';
  byId('feed-counts').textContent = countsText(list.childElementCount);
  const missed = pausedSerial ? serial - pausedSerial : 0;
  const news = missed > 0 ? ` (${missed.toLocaleString('en')} new)` : '';
  byId('feed-pause').textContent = pausedSerial ? 'Resume' + news : 'Pause';
}

function countsText(rows) {
  if (search !== '' || topic !== '') {
    const found = kept.filter(matches).length;
    return `${counted(found, 'match', 'matches')} in the newest ${counted(kept.length, 'event')}`
      + (found > rows ? `, ${rows} shown` : '');
  }
  const parts = [];
  if (counts.events > 0) {
    parts.push(counted(counts.events, 'event'));
  }
  if (counts.events > ROWS_MAX) {
    parts.push(`the newest ${ROWS_MAX} shown, ${kept.length.toLocaleString('en')} searchable`);
  }
  if (counts.gaps > 0) {
    parts.push(counted(counts.gaps, 'gap'));
  }
  return parts.join(' · ');
}

function eventRow(event) {
  const row = element('li', isFlood ? '' : 'arriving');
  const head = element('header', '');
  const time = element('time', '', clockText(event.millis));
  time.dateTime = Number.isNaN(event.millis) ? '' : new Date(event.millis).toISOString();
  head.append(time);
  for (const name of event.topics) {
    head.append(button('topic', name, 'Use this topic', () => actions.useTopic(name)));
  }
  if (event.type) {
    head.append(element('span', 'type', event.type));
  }
  const { id } = event;
  head.append(
    id
      ? button('id', '#' + id.split('-').pop(), `${id}: follow from here`, () => actions.resumeAfter(id))
      : element('span', 'id', 'transient'));
  row.append(head, body(event));
  return row;
}

function body(event) {
  const isShort = !isFlood && event.data.length <= PRETTY_CHARS_MAX;
  const json = isShort && /^\s*[[{]/.test(event.data) ? fromJson(event.data) : undefined;
  const text = json === undefined ? event.data : pretty(json, event.data);
  const data = element('pre', json === undefined ? 'data' : 'data json');
  show(data, text.length > PREVIEW_CHARS ? text.slice(0, PREVIEW_CHARS) + '…' : text, json !== undefined);
  if (text.length <= PREVIEW_CHARS) {
    return data;
  }
  const whole = element('div', '');
  const isCut = event.size > event.data.length;
  const label = isCut
    ? `Show the first ${EVENT_CHARS_MAX.toLocaleString('en')} of ${counted(event.size, 'character')}`
    : `Show all ${counted(event.size, 'character')}`;
  whole.append(data, button('more', label, label, (click) => {
    show(data, isCut ? text + '…' : text, json !== undefined);
    click.currentTarget.remove();
  }));
  return whole;
}

/** JSON as people like to read it. What a double cannot hold is shown as it came. */
function pretty(json, data) {
  if (/\d{16}/.test(data)) {
    return data;
  }
  return laidOut(json, '', 0);
}

/** A value on one line where it fits behind `used` characters, and broken up by its members where it does not. */
function laidOut(value, indent, used) {
  const flat = JSON.stringify(value, null, 1).replace(/\n */g, ' '); // inside of strings line ends are escaped
  if (typeof value !== 'object' || value === null || used + flat.length <= LINE_CHARS) {
    return flat;
  }
  const deeper = indent + '  ';
  const members = Array.isArray(value)
    ? value.map((each) => laidOut(each, deeper, deeper.length))
    : Object.entries(value).map(([name, each]) => {
      const key = JSON.stringify(name) + ': ';
      return key + laidOut(each, deeper, deeper.length + key.length);
    });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${deeper}${members.join(',\n' + deeper)}\n${indent}${close}`;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

function show(data, text, isJson) {
  if (!isJson) {
    data.textContent = text;
    return;
  }
  const parts = [];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    const [whole, string, colon, word] = token;
    const kind = colon ? 'key' : string ? 'string' : word ? 'word' : 'number';
    const value = colon ? string : whole;
    parts.push(text.slice(end, token.index), element('span', kind, value));
    end = token.index + value.length;
  }
  data.replaceChildren(...parts, text.slice(end));
}

function noticeRow(item) {
  const row = element('li', 'notice');
  row.dataset.kind = item.notice;
  row.append(element('strong', '', item.title), ' ' + item.text);
  return row;
}
