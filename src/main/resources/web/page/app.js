/*
 * The page of the hub. It follows the hub with the client it offers to everybody, and keeps nothing without a bound.
 *
 *   carillon.js ──▶ onEvent ──▶ feed, topics, charts            noted at once, drawn when the browser draws
 *               ──▶ onGap, onState ──▶ a notice in the feed, the line at the top
 *               ──▶ clock, nodes                                where somebody may see them: they are asked for apart
 *
 * Whatever came from outside goes into the document through textContent and nothing else; the hub's Content-Security-
 * Policy would stop it anyway.
 */

import { subscribe } from '/carillon.js';
import * as charts from './charts.js';
import * as clock from './clock.js';
import * as feed from './feed.js';
import * as nodes from './nodes.js';
import * as publish from './publish.js';
import * as rights from './rights.js';
import { byId, counted, lasting } from './text.js';
import * as topics from './topics.js';

const EVERYTHING = '**';
const FIRST_LOOK = 'last:50';
const RECENT_MILLIS = 60_000;

const page = {
  subscription: null,
  beside: [], // the clock's and the nodes': a right that lacks takes nothing from the feed
  selectors: EVERYTHING,
  since: FIRST_LOOK,
  state: '',
  detail: {},
  stateAt: 0,
  liveAt: 0, // since when what arrives is news
  brokenAt: 0, // since when there is no connection, 0 while there is one
  resumed: { text: '', at: 0 }, // what was said when there was one again
  missed: 0, // events that came after the break and are older than its end
};

// ── Connection ───────────────────────────────────────────────────────────────────────────────────

const WORDS = {
  connecting: 'connecting',
  live: 'live',
  waiting: 'reconnecting',
  refused: 'refused',
  closed: 'disconnected',
};

function connect(since) {
  disconnect();
  page.brokenAt = 0;
  page.beside = [
    subscribe(clock.CLOCK_TOPIC, { token: rights.token(), onEvent: (event) => !event.id && clock.tick(event) }),
    subscribe(nodes.STATUS_TOPIC, { token: rights.token(), onEvent: nodes.note }),
  ];
  const own = (page.subscription = subscribe(page.selectors.split(/\s+/), {
    since,
    token: rights.token(),
    onEvent: (event) => own === page.subscription && onEvent(event),
    onGap: (gap) => own === page.subscription && onGap(gap),
    onState: (state, detail) => own === page.subscription && onState(state, detail),
  }));
}

function disconnect() {
  page.subscription?.close();
  page.beside.forEach((each) => each.close());
}

function onState(state, detail) {
  const before = page.state;
  Object.assign(page, { state, detail, stateAt: Date.now() });
  if (state === 'waiting' && page.brokenAt === 0) {
    page.brokenAt = before === 'live' ? Date.now() : 0;
    page.missed = 0;
  }
  if (state === 'live') {
    page.liveAt = Date.now();
    nodes.listen();
    if (page.brokenAt > 0) {
      const brokenMillis = Date.now() - page.brokenAt;
      // What was missed arrives right behind the opening.
      setTimeout(() => sayResumed(brokenMillis), 1_000);
      page.brokenAt = 0;
    }
  }
  rights.ask(detail.problem);
  const isEnd = state === 'refused' || state === 'closed';
  if (isEnd) {
    page.beside.forEach((each) => each.close());
    nodes.forgetAll();
  }
  byId('connection').dataset.state = state;
  const words = WORDS[state] + (state === 'refused' ? ': ' + (detail.problem?.detail ?? '') : '');
  if (byId('connection-state').textContent !== words) {
    byId('connection-state').textContent = words; // read out by screen readers, so only when it changes
  }
  byId('connection-toggle').textContent = isEnd ? 'Connect' : 'Disconnect';
  clock.setStale(state !== 'live');
  showDetail();
}

function sayResumed(brokenMillis) {
  const came = page.missed === 0
    ? 'Nothing was published meanwhile.'
    : `${counted(page.missed, 'event')} of the meantime ${page.missed === 1 ? 'is' : 'are'} here.`;
  feed.addNotice('resumed', 'Back after ' + lasting(brokenMillis) + '.', came);
  page.resumed = { text: `back after ${lasting(brokenMillis)}: ${came}`, at: Date.now() }; // where no flood moves it on
  showDetail();
}

/** What changes by the second stands where no screen reader follows. */
function showDetail() {
  const { state, detail, stateAt } = page;
  const parts = [];
  if (state === 'waiting') {
    parts.push(`next try in ${Math.max(0, Math.ceil((detail.until - Date.now()) / 1000))} s`);
  } else if (state === 'connecting' && Date.now() - stateAt > 2_000) {
    parts.push(`for ${Math.round((Date.now() - stateAt) / 1000)} s`);
  } else if (state === 'live') {
    if (detail.via === 'poll') {
      parts.push('by long polls: something on the way keeps back streams');
    }
    if (Date.now() - page.resumed.at < RECENT_MILLIS) {
      parts.push(page.resumed.text);
    }
    if (detail.tabs > 1) {
      parts.push(`one connection for ${detail.tabs} tabs`);
    }
  }
  byId('connection-detail').textContent = parts.join(' · ');
}

// ── Events ───────────────────────────────────────────────────────────────────────────────────────

function onEvent(event) {
  const isTick = event.id === undefined && event.topics.includes(clock.CLOCK_TOPIC);
  if (isTick && !page.selectors.split(/\s+/).includes(clock.CLOCK_TOPIC)) {
    return; // the clock shows it
  }
  const millis = Date.parse(event.time);
  const now = Date.now();
  const isNews = page.state === 'live' && millis >= page.liveAt;
  if (!isTick && page.liveAt > 0 && millis < page.liveAt && now - page.liveAt < 1_000) {
    page.missed++;
  }
  if (!isTick && now - millis < RECENT_MILLIS) {
    clock.ring(millis);
  }
  if (isNews || isTick) {
    charts.count(event.data.length, now - millis);
  }
  topics.note(event, millis);
  feed.addEvent(event, millis);
}

function onGap(gap) {
  const why = {
    expired: 'retention has removed it',
    epoch: 'the hub has another log',
    ahead: 'the hub is behind this page: its log was restored',
    unknown: 'the hub does not know that id',
  }[gap.reason] ?? gap.reason;
  const kept = gap.oldest ? `What is kept, ${gap.oldest} to ${gap.newest}, comes next.` : 'Nothing is kept.';
  const text = `${why}. It cannot go on after ${gap.requested}. ${kept}`;
  feed.addNotice('gap', 'History is missing here:', text);
  byId('gap-text').textContent = `History is missing: ${text}`; // stays when the feed has moved on
  byId('gap').hidden = false;
}

// ── What people do ───────────────────────────────────────────────────────────────────────────────

function follow() {
  page.selectors = byId('follow-selectors').value.trim() || EVERYTHING;
  page.since = byId('follow-since').value.trim();
  byId('follow-selectors').value = page.selectors;
  const said = new URLSearchParams();
  if (page.selectors !== EVERYTHING) {
    said.set('follow', page.selectors);
  }
  if (page.since !== FIRST_LOOK) {
    said.set('since', page.since);
  }
  history.replaceState(null, '', '#' + said);
  page.liveAt = 0;
  byId('gap').hidden = true;
  feed.clear();
  topics.forgetAll();
  feed.setTopic('');
  connect(page.since || undefined);
}

function toggleConnection() {
  if (page.state === 'closed' || page.state === 'refused') {
    connect(page.subscription.cursor || page.since || undefined);
  } else {
    disconnect();
  }
}

function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  byId('follow-selectors').value = said.get('follow') ?? EVERYTHING;
  byId('follow-since').value = said.get('since') ?? FIRST_LOOK;
}

byId('follow-form').addEventListener('submit', (submit) => {
  submit.preventDefault();
  follow();
});
byId('connection-toggle').addEventListener('click', toggleConnection);
byId('feed-pause').addEventListener('click', () => feed.setPaused(!feed.isPaused()));
byId('feed-search').addEventListener('input', (input) => feed.setSearch(input.target.value));
byId('feed-topic').addEventListener('click', () => topics.unchoose());
byId('gap-dismiss').addEventListener('click', () => (byId('gap').hidden = true));
byId('topics-order').addEventListener('change', topics.draw);
addEventListener('keydown', (key) => {
  const isTyping = key.target.closest?.('input, textarea, select');
  if (!isTyping && !key.ctrlKey && !key.metaKey && !key.altKey) {
    if (key.key === '/') {
      key.preventDefault();
      byId('feed-search').focus();
    } else if (key.key === 'p') {
      feed.setPaused(!feed.isPaused());
    }
  } else if (key.key === 'Escape' && key.target.id === 'feed-search') {
    key.target.value = '';
    feed.setSearch('');
  }
});
addEventListener('hashchange', () => {
  readAddress();
  follow();
});
addEventListener('resize', charts.redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', charts.redraw);
document.addEventListener('visibilitychange', () => {
  topics.draw();
  charts.redraw();
});

feed.onAction({
  useTopic: publish.useTopic,
  resumeAfter(id) {
    byId('follow-since').value = id;
    follow();
  },
});
topics.onChoose((topic) => {
  feed.setTopic(topic);
  if (topic) {
    publish.useTopic(topic);
  }
});
setInterval(() => {
  showDetail();
  topics.draw();
  topics.turnSecond();
  if (page.state === 'live') {
    nodes.draw(); // otherwise silence says nothing
  }
  charts.turnSecond(page.state === 'live', page.state === 'live' ? nodes.totals() : null);
}, 1000);

clock.drawFace();
publish.start();
rights.start(follow);
readAddress();
follow();
