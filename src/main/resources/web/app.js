/*
 * The page of the hub: one EventSource, many topics, nothing kept that is not on the screen.
 *
 *   EventSource ──▶ onTick ──▶ clock         every second comes from the hub; this page owns no clock
 *               ──▶ onEvent ─▶ feed, bars    the newest ROWS_MAX events, drawn once per frame
 *               ──▶ hub.gap, hub.closing ──▶ a notice in the feed
 *
 * The browser reconnects and resumes by itself (Last-Event-ID). Only when it has given up, which it does on every answer that is no
 * stream, the page asks the hub why and opens a new EventSource after the last id it has seen.
 *
 * Whatever came from outside goes into the document through textContent and nothing else.
 */

const CLOCK_TOPIC = 'clock';
const ROWS_MAX = 200;
const HISTORY_EVENTS = 20; // what the first look shows
const PREVIEW_CHARS = 400;
const KEPT_CHARS = 16_384; // of one event's data; the rest is a curl away
const BACKOFF_FIRST_MILLIS = 1_000;
const BACKOFF_MAX_MILLIS = 30_000;
const SILENCE_MILLIS = 20_000; // without ticks, on top of ten intervals, before a silent connection is given up

const byId = (id) => document.getElementById(id);

/** Topic as a path: segments encoded one by one, also where a shell or a URL parser would take offence. */
const topicPath = (topic) =>
  topic.split('/').map((segment) => encodeURIComponent(segment).replace(/[!'()*]/g, percent)).join('/');
const percent = (char) => '%' + char.charCodeAt(0).toString(16).toUpperCase();

/** A word that a shell reads back as it is. */
const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

/** What a JSON text says, or undefined. */
const fromJson = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const element = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text ?? '';
  return made;
};

// ── Connection ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const connection = {
  source: null,
  lastEventId: '',
  attempts: 0,
  since: 0, // when the present state began, or when the next attempt is due
  retryTimer: 0,
  state: '',
};

function show(state, words, since = 0) {
  connection.state = state;
  connection.since = since;
  byId('connection-state').textContent = words;
  byId('connection-state').parentElement.dataset.state = state;
  byId('connection-toggle').textContent = state === 'closed' ? 'Connect' : 'Disconnect';
  byId('clock-face').classList.toggle('stale', state !== 'live');
  showDetail();
}

/** Seconds count where no screen reader follows. */
function showDetail() {
  const seconds = Math.ceil(Math.abs(connection.since - Date.now()) / 1000);
  byId('connection-detail').textContent =
    connection.since === 0 ? '' : connection.since > Date.now() ? `in ${seconds} s` : `for ${seconds} s`;
}

function streamUrl() {
  const wanted = [...new Set([CLOCK_TOPIC, ...byId('follow-selectors').value.split(/\s+/).filter(Boolean)])];
  const query = new URLSearchParams(wanted.map((selector) => ['topic', selector]));
  query.set('envelope', 'untyped'); // a typed event would reach only listeners of its type
  if (connection.lastEventId) {
    query.set('lastEventId', connection.lastEventId);
  } else {
    query.set('since', `last:${HISTORY_EVENTS}`);
  }
  return '/events?' + query;
}

function connect() {
  disconnect();
  show('connecting', 'connecting');
  const source = new EventSource(streamUrl());
  connection.source = source;
  source.onopen = () => {
    connection.attempts = 0;
    watch.reset();
    show('live', 'live');
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) {
      explain(source);
    } else if (connection.state !== 'reconnecting') {
      show('reconnecting', 'reconnecting', Date.now());
    }
  };
  source.onmessage = onMessage; // all events there are: in an envelope the type travels inside
  source.addEventListener('hub.gap', onNotice);
  source.addEventListener('hub.closing', onNotice);
}

function disconnect() {
  clearTimeout(connection.retryTimer);
  connection.source?.close();
  connection.source = null;
}

/** The browser has given up and does not say why; a poll of the same question does. */
async function explain(source) {
  const answer = await fetch(streamUrl() + '&poll', { headers: { Accept: 'application/json' } }).catch(() => null);
  if (source !== connection.source) {
    return; // somebody has connected anew in the meantime
  }
  if (answer !== null && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
    const problem = fromJson(await answer.text());
    disconnect();
    show('closed', `refused: ${problem?.detail ?? problem?.title ?? answer.status}`);
    return;
  }
  retryLater();
}

/** Twice as long each time, half of it by chance: many pages lose their hub at once and must not come back at once. */
function retryLater() {
  const bound = Math.min(BACKOFF_MAX_MILLIS, BACKOFF_FIRST_MILLIS * 2 ** connection.attempts++);
  const delay = bound / 2 + (Math.random() * bound) / 2;
  disconnect();
  show('reconnecting', 'reconnecting', Date.now() + delay);
  connection.retryTimer = setTimeout(connect, delay);
}

/*
 * A connection that died without a word (a laptop that slept, a network that changed) looks open for minutes. The clock shows it: where
 * ticks came and have stopped coming, the page connects anew. Where no clock ticks it waits for the browser.
 */
const watch = {
  lastAt: 0,
  interval: 0,
  reset() {
    this.lastAt = 0;
    this.interval = 0;
  },
  tick() {
    const now = Date.now();
    this.interval = this.lastAt === 0 ? 0 : now - this.lastAt;
    this.lastAt = now;
  },
  isSilent() {
    return this.interval > 0 && Date.now() - this.lastAt > SILENCE_MILLIS + 10 * this.interval;
  },
};

setInterval(() => {
  showDetail();
  if (connection.state === 'live' && watch.isSilent()) {
    retryLater();
  }
}, 1000);

// ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const counts = { events: 0, gaps: 0, unseen: 0 };

function onMessage(message) {
  if (message.lastEventId) {
    connection.lastEventId = message.lastEventId;
  }
  const event = fromJson(message.data);
  if (!Array.isArray(event?.topics)) {
    return; // not an envelope, so not from a hub this page knows
  }
  if (event.topics.includes(CLOCK_TOPIC)) {
    onTick(fromJson(event.data), event);
  } else {
    onEvent(event);
  }
}

function onEvent(event) {
  counts.events++;
  const age = Date.now() - Date.parse(event.time);
  if (age < 60_000) {
    ringAt(Date.parse(event.time));
  }
  feed.add(eventRow(event));
}

function onNotice(message) {
  const said = fromJson(message.data) ?? {};
  if (message.type === 'hub.gap') {
    counts.gaps++;
    const kept = said.oldest ? ` Kept is ${said.oldest} to ${said.newest}.` : ' Nothing older is kept.';
    feed.add(noticeRow('History is missing here', ` (${said.reason}). The hub cannot resume after ${said.requested}.${kept}`));
  } else {
    feed.add(noticeRow('The hub is closing this stream', ` (${said.reason}). The browser comes back by itself.`));
  }
}

// ── Clock ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One entry for each second of the last minute, by hub time: whether its tick arrived, and how many events it brought. */
const minute = Array.from({ length: 60 }, () => ({ second: -1, ticked: false, events: 0 }));
const hands = { hour: 0, minute: 0, second: 0 };
let newestSecond = -1;
let zoneMillis = 0; // how far the clock's zone is ahead of UTC; the feed tells time in the same zone

function onTick(tick, event) {
  const millis = Number.isFinite(tick?.epochMillis) ? tick.epochMillis : Date.parse(event.time);
  const text = typeof tick?.time === 'string' ? tick.time : new Date(millis).toISOString();
  watch.tick();
  entry(millis).ticked = true;
  newestSecond = Math.floor(millis / 1000);

  const wall = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)/.exec(text);
  const at = new Date(millis);
  const [hours, minutes, seconds] = wall
    ? wall.slice(2, 5).map(Number)
    : [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  turn('hour', ((hours % 12) + minutes / 60) * 30);
  turn('minute', (minutes + seconds / 60) * 6);
  turn('second', seconds * 6);
  drawMinute();

  zoneMillis = wall ? Math.round((Date.parse(text.slice(0, 19) + 'Z') - millis) / 60_000) * 60_000 : 0;
  byId('clock-time').textContent = wall ? `${wall[2]}:${wall[3]}:${wall[4]}` : text;
  byId('clock-time').dateTime = at.toISOString();
  byId('clock-date').textContent = wall ? `${wall[1]} ${wall[5] === 'Z' ? 'UTC' : 'UTC' + wall[5]}` : 'by its own format';
  const delay = Date.now() - millis;
  byId('clock-delay').textContent =
    Math.abs(delay) < 10_000 ? `· here after ${delay} ms` : `· this browser's clock is ${Math.round(delay / 1000)} s off`;
}

/** Hands turn onwards only: from 59 to 60, not back to 0. */
function turn(hand, degrees) {
  const onwards = (((degrees - hands[hand]) % 360) + 360) % 360;
  hands[hand] += onwards > 300 ? onwards - 360 : onwards; // a clock set back goes back
  byId('clock-' + hand).style.transform = `rotate(${hands[hand]}deg)`;
}

function entry(millis) {
  const second = Math.floor(millis / 1000);
  const found = minute[((second % 60) + 60) % 60];
  if (found.second !== second) {
    Object.assign(found, { second, ticked: false, events: 0 });
  }
  return found;
}

function ringAt(millis) {
  entry(millis).events++;
  const bell = byId('clock-bell');
  if (!bell.classList.contains('ringing')) {
    bell.classList.add('ringing');
  }
}

function drawMinute() {
  minute.forEach((each, place) => {
    const age = newestSecond - each.second;
    const isRecent = age >= 0 && age < 60;
    const mark = byId('clock-marks').children[place];
    mark.classList.toggle('arrived', isRecent && each.ticked);
    mark.style.opacity = isRecent && each.ticked ? 1 - (0.7 * age) / 60 : 1;
    const bar = byId('clock-bars').children[place];
    const height = isRecent && each.events > 0 ? Math.min(20, 3 + 3 * Math.log2(each.events)) : 0;
    bar.setAttribute('y2', -106 - height);
    bar.style.opacity = height === 0 ? 0 : 1 - (0.7 * age) / 60;
  });
}

function drawFace() {
  const line = (parent, degrees, y1, y2) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', 'line');
    made.setAttribute('transform', `rotate(${degrees})`);
    made.setAttribute('y1', y1);
    made.setAttribute('y2', y2);
    byId(parent).append(made);
  };
  for (let second = 0; second < 60; second++) {
    line('clock-bars', second * 6, -106, -106);
    line('clock-marks', second * 6, -92, -99);
  }
  for (let hour = 0; hour < 12; hour++) {
    line('clock-hours', hour * 30, hour % 3 === 0 ? -72 : -78, -85);
  }
  byId('clock-bell').addEventListener('animationend', (end) => end.currentTarget.classList.remove('ringing'));
  drawMinute();
}

// ── Feed ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const feed = {
  waiting: [], // rows not drawn yet, newest last, never more than fit on the page
  isHeld: false,
  isDue: false,

  add(row) {
    this.waiting.push(row);
    if (this.waiting.length > ROWS_MAX) {
      this.waiting.shift();
      counts.unseen++;
    }
    this.drawSoon();
  },

  drawSoon() {
    if (!this.isDue) {
      this.isDue = true;
      requestAnimationFrame(() => this.draw());
    }
  },

  draw() {
    this.isDue = false;
    byId('feed-hold').textContent = this.isHeld && this.waiting.length > 0 ? `Hold (${this.waiting.length})` : 'Hold';
    if (!this.isHeld) {
      const list = byId('feed');
      list.prepend(...this.waiting.splice(0).reverse());
      while (list.childElementCount > ROWS_MAX) {
        list.lastElementChild.remove();
      }
      byId('feed-empty').hidden = list.childElementCount > 0;
    }
    byId('feed-counts').textContent = countsText();
  },

  clear() {
    this.waiting = [];
    byId('feed').replaceChildren();
    Object.assign(counts, { events: 0, gaps: 0, unseen: 0 });
    this.drawSoon();
  },
};

function countsText() {
  const parts = [];
  if (counts.events > 0) {
    parts.push(counts.events === 1 ? '1 event' : `${counts.events.toLocaleString('en')} events`);
  }
  if (counts.events > ROWS_MAX) {
    parts.push(`the newest ${ROWS_MAX} are shown`);
  }
  if (counts.unseen > 0) {
    parts.push(`${counts.unseen.toLocaleString('en')} came too fast to be drawn`);
  }
  if (counts.gaps > 0) {
    parts.push(counts.gaps === 1 ? '1 gap' : `${counts.gaps} gaps`);
  }
  return parts.join(' · ');
}

function eventRow(event) {
  const row = element('li', 'arriving');
  const head = element('header', '');
  const time = element('time', '', clockText(event.time));
  time.dateTime = event.time;
  head.append(time);
  event.topics.forEach((name) => {
    const topic = element('button', 'topic', name);
    topic.type = 'button';
    topic.title = 'Use this topic';
    topic.addEventListener('click', () => useTopic(name));
    head.append(topic);
  });
  if (event.type) {
    head.append(element('span', 'type', event.type));
  }
  head.append(element('span', 'id', event.id ? '#' + event.id.split('-').pop() : 'transient'));
  head.lastElementChild.title = event.id ?? 'delivered to whoever listens now, kept nowhere';
  row.append(head);
  appendData(row, String(event.data ?? ''));
  return row;
}

function appendData(row, text) {
  const data = element('pre', 'data', text.length > PREVIEW_CHARS ? text.slice(0, PREVIEW_CHARS) + '…' : text);
  row.append(data);
  if (text.length > PREVIEW_CHARS) {
    const kept = text.length > KEPT_CHARS ? text.slice(0, KEPT_CHARS) + '…' : text;
    const size = text.length.toLocaleString('en');
    const shown = text.length > KEPT_CHARS ? `the first ${KEPT_CHARS.toLocaleString('en')} of ${size}` : `all ${size}`;
    const more = element('button', 'more', `Show ${shown} characters`);
    more.type = 'button';
    more.addEventListener('click', () => {
      data.textContent = kept;
      more.remove();
    });
    row.append(more);
  }
}

function noticeRow(title, text) {
  const row = element('li', 'notice');
  row.append(element('strong', '', title), text);
  return row;
}

function clockText(time) {
  const millis = Date.parse(time);
  return Number.isNaN(millis) ? '' : new Date(millis + zoneMillis).toISOString().slice(11, 23);
}

// ── Publishing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The draft whose fate is unknown, and its key: sent again under the same key it is stored at most once. */
let unsettled = { draft: '', key: '' };

async function publish(submit) {
  submit.preventDefault();
  const topic = byId('publish-topic').value.trim();
  const type = byId('publish-type').value.trim();
  const data = byId('publish-data').value;
  const draft = JSON.stringify([topic, type, data]);
  if (unsettled.draft !== draft) {
    unsettled = { draft, key: newKey() };
  }
  showOutcome('', 'sending');
  try {
    const answer = await fetch('/events/' + topicPath(topic) + (type ? '?' + new URLSearchParams({ type }) : ''), {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Idempotency-Key': unsettled.key },
      body: data,
    });
    const text = await answer.text();
    const isUnknown = answer.status === 500 || answer.status === 504;
    if (!isUnknown) {
      unsettled = { draft: '', key: '' };
    }
    if (answer.ok) {
      showOutcome('stored', text ? `${answer.status} · ${text.trim()}` : `${answer.status} · transient`);
    } else {
      const problem = fromJson(text);
      const words = `${answer.status} · ${problem?.detail ?? problem?.title ?? 'refused'}`;
      showOutcome(isUnknown ? 'unknown' : 'refused', isUnknown ? words + ' Publishing again is safe.' : words);
    }
  } catch {
    showOutcome('unknown', 'No answer: stored or not, nobody knows. Publishing again is safe.');
  }
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function showOutcome(outcome, words) {
  byId('publish-outcome').dataset.outcome = outcome;
  byId('publish-outcome').textContent = words;
}

function useTopic(name) {
  byId('publish-topic').value = name;
  showCurl();
}

function showCurl() {
  const url = `${location.origin}/events/${topicPath(byId('publish-topic').value.trim() || 'news')}`;
  const type = byId('publish-type').value.trim();
  const target = type ? `${url}?${new URLSearchParams({ type }).toString().replace(/[!'()*]/g, percent)}` : url;
  byId('curl-follow').textContent = `curl -N ${quoted(url)}`;
  const data = byId('publish-data').value;
  const option = data.startsWith('@') ? '--data-raw' : '-d'; // -d takes what follows an @ for a file's name
  byId('curl-publish').textContent = `curl ${option} ${quoted(data)} ${quoted(target)}`;
}

async function copy(click) {
  const button = click.currentTarget;
  const code = byId(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(code); // pages from elsewhere than localhost or https may not write to the clipboard
    button.textContent = 'Selected';
  }
  setTimeout(() => (button.textContent = 'Copy'), 1500);
}

// ── Start ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function follow(submit) {
  submit.preventDefault();
  const selectors = byId('follow-selectors').value.trim() || '**';
  byId('follow-selectors').value = selectors;
  history.replaceState(null, '', selectors === '**' ? '/' : '#' + encodeURIComponent(selectors));
  connection.lastEventId = '';
  connection.attempts = 0;
  feed.clear();
  connect();
}

function bookmarked(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash; // typed by hand
  }
}

byId('publish-form').addEventListener('submit', publish);
byId('publish-form').addEventListener('input', showCurl);
byId('publish-form').addEventListener('keydown', (key) => {
  if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) {
    byId('publish-form').requestSubmit();
  }
});
byId('follow-form').addEventListener('submit', follow);
byId('feed-hold').addEventListener('click', (click) => {
  feed.isHeld = !feed.isHeld;
  click.currentTarget.setAttribute('aria-pressed', feed.isHeld);
  feed.draw();
});
byId('connection-toggle').addEventListener('click', () => {
  if (connection.state === 'closed') {
    connect();
  } else {
    disconnect();
    show('closed', 'closed');
  }
});
document.querySelectorAll('[data-copies]').forEach((button) => button.addEventListener('click', copy));

if (location.hash.length > 1) {
  byId('follow-selectors').value = bookmarked(location.hash.slice(1));
}
if (matchMedia('(max-width: 680px)').matches) {
  document.querySelector('.curl').open = false; // the feed is what a small screen is for
}
drawFace();
showCurl();
connect();
