/* The topics this page has seen: how fast they are, and what came last. The busiest of them, redrawn once a second. */

import { authorization } from './rights.js';
import { ago, button, byId, counted, element, fromJson, setText, short, topicPath } from './text.js';

const TOPICS_MAX = 1_000; // known at once; whoever was silent the longest is forgotten first
const ROWS_MAX = 40;
const SECONDS = 30; // of the small bars, two seconds each
const BARS = SECONDS / 2;

/** By topic, the one that was silent the longest first. */
const topics = new Map();
let forgotten = 0;
let chosen = '';
let choose = () => {};

/** Calls `onChoose(topic)` when somebody chooses one, with '' when nobody does any more. */
export function onChoose(handler) {
  choose = handler;
}

export const unchoose = () => setChosen('');

function setChosen(name) {
  chosen = name;
  choose(name);
  askAbout(name);
  draw();
}

export function note(event, millis) {
  for (const name of event.topics) {
    let topic = topics.get(name);
    if (!topic) {
      topic = { name, count: 0, lastAt: 0, last: '', bars: new Float64Array(BARS), slot: 0, row: null };
    }
    topics.delete(name);
    topics.set(name, topic); // to the end
    const slot = Math.floor(Date.now() / 2000);
    const slotOfEvent = Math.min(slot, Math.floor(millis / 2000));
    advance(topic, slot);
    topic.count++;
    topic.lastAt = millis;
    topic.last = event.data.length > 120 ? event.data.slice(0, 120) : event.data;
    topic.bars[slotOfEvent % BARS] += slot - slotOfEvent < BARS ? 1 : 0;
  }
  while (topics.size > TOPICS_MAX) {
    const [name, topic] = topics.entries().next().value;
    topic.row?.remove();
    topics.delete(name);
    forgotten++;
  }
}

export function forgetAll() {
  topics.clear();
  forgotten = 0;
  byId('topics').replaceChildren();
  draw();
}

function advance(topic, slot) {
  for (let i = Math.min(BARS, slot - topic.slot); i > 0; i--) {
    topic.bars[(slot - i + 1) % BARS] = 0;
  }
  topic.slot = slot;
}

/** Events a second over the last ten seconds; the slot that has just begun does not count. */
const rate = (topic, slot) =>
  [1, 2, 3, 4, 5].reduce((sum, back) => sum + topic.bars[(slot - back + BARS * 2) % BARS], 0) / 10;

const ORDERS = {
  busy: (a, b) => b.rate - a.rate || b.topic.lastAt - a.topic.lastAt || (a.topic.name < b.topic.name ? -1 : 1),
  name: (a, b) => (a.topic.name < b.topic.name ? -1 : 1),
};

export function draw() {
  if (document.hidden) {
    return;
  }
  const slot = Math.floor(Date.now() / 2000);
  const known = [...topics.values()].map((topic) => {
    advance(topic, slot);
    return { topic, rate: rate(topic, slot) };
  });
  known.sort(ORDERS[byId('topics-order').value]);
  const shown = known.slice(0, ROWS_MAX);
  const list = byId('topics');
  shown.forEach(({ topic, rate }, place) => {
    topic.row ??= row(topic);
    update(topic, rate, slot);
    if (list.children[place] !== topic.row) {
      list.insertBefore(topic.row, list.children[place] ?? null);
    }
  });
  while (list.children.length > shown.length) {
    list.lastElementChild.remove();
  }
  byId('topics-empty').hidden = known.length > 0;
  const more = known.length - shown.length + forgotten;
  byId('topics-counts').textContent = more > 0 ? `and ${counted(more, 'topic')} more` : '';
}

function row(topic) {
  const made = element('li', '');
  const name = button('topic', topic.name, 'Only this topic in the feed', () =>
    setChosen(chosen === topic.name ? '' : topic.name));
  const bars = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  bars.setAttribute('viewBox', `0 0 ${BARS * 4} 16`);
  bars.setAttribute('aria-hidden', 'true');
  for (let i = 0; i < BARS; i++) {
    const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    bar.setAttribute('x', i * 4);
    bar.setAttribute('width', 3);
    bars.append(bar);
  }
  made.append(name, bars, element('span', 'rate'), element('span', 'last'), element('span', 'age'));
  return made;
}

function update(topic, rate, slot) {
  const [name, bars, rateText, last, age] = topic.row.children;
  name.setAttribute('aria-pressed', chosen === topic.name);
  const top = Math.max(4, ...topic.bars);
  for (let i = 0; i < BARS; i++) {
    const value = topic.bars[(slot + 1 + i) % BARS];
    const height = value === 0 ? 0.75 : 2 + (14 * value) / top;
    bars.children[i].setAttribute('y', 16 - height);
    bars.children[i].setAttribute('height', height);
    bars.children[i].setAttribute('class', value === 0 ? 'none' : '');
  }
  setText(rateText, rate > 0 ? short(rate) + '/s' : '×' + short(topic.count));
  setText(last, topic.last);
  setText(age, ago(Date.now() - topic.lastAt));
}

// ── What the hub says of the one that is chosen ──────────────────────────────────────────────────

const ASK_EVERY = 5; // seconds
let asks = 0;

/** Once a second. */
export function turnSecond() {
  if (chosen && !document.hidden && ++asks % ASK_EVERY === 0) {
    askAbout(chosen);
  }
}

async function askAbout(name) {
  const line = byId('topic-detail');
  const answer = name && (await fetch('/topics/' + topicPath(name), { headers: authorization() }).catch(() => null));
  const said = answer?.ok ? fromJson(await answer.text()) : null;
  if (name === chosen) {
    line.hidden = !said;
    setText(line, said ? told(said) : '');
  }
}

/** As people say it. */
function told(said) {
  const kept = [
    said.ageSeconds && 'for ' + during(said.ageSeconds),
    said.count && `the newest ${said.count.toLocaleString('en')}`,
    said.bytes && `${short(said.bytes / (1 << 20))} MiB`,
  ].filter(Boolean);
  return [
    `${counted(said.subscribers, 'subscriber')} on this node`,
    said.history === 'none' ? 'no history' : kept[0] ? 'kept: ' + kept.join(', ') : 'kept without a bound of its own',
    said.slow === 'latest' && 'catching up gets the newest only',
  ].filter(Boolean).join(' · ');
}

const during = (seconds) =>
  seconds % 86_400 === 0 ? counted(seconds / 86_400, 'day')
  : seconds % 3600 === 0 ? counted(seconds / 3600, 'hour')
  : seconds % 60 === 0 ? counted(seconds / 60, 'minute')
  : counted(seconds, 'second');
