/*
 * Follows a Carillon hub from a browser.
 *
 *   subscribe ──▶ prime: polls what lies between `since` and now, in this tab, and so gets an exact cursor
 *             ──▶ join:  says topics and cursor to the leader, the one tab that holds the lock
 *                 leader: one stream for the topics of all tabs, opened after the least of their cursors
 *             ◀── batches to every tab, which drops what is not beyond its own cursor
 *
 * Whatever changes (a tab, the leader, the hub), the stream is opened anew a little too early. Options: carillon.d.ts.
 */

const SELECTORS_MAX = 64; // the hub's own bound for one stream
const PAGE_EVENTS = 200; // with fewer the polls have come close to now, and the stream does the rest
const GATHER_MILLIS = 60; // what a new leader gives the other tabs to say what they follow
const BACKOFF_MAX_MILLIS = 30_000;

/** Reads an event stream chunk by chunk (WHATWG HTML, 9.2.6); a block without data, such as a checkpoint, has null. */
export function parser(onBlock, onRetry) {
  let rest = '', afterCr = false, id = '', type = '', data = null;
  const line = (text) => {
    const [, name, value = ''] = /^([^:]*)(?:: ?([^]*))?/.exec(text);
    if (text === '') {
      onBlock({ id, type, data });
      type = '';
      data = null;
    } else if (name === 'data') {
      data = data === null ? value : data + '\n' + value;
    } else if (name === 'event') {
      type = value;
    } else if (name === 'id' && !value.includes('\0')) {
      id = value;
    } else if (name === 'retry' && /^\d+$/.test(value)) {
      onRetry?.(Number(value));
    }
  };
  return (chunk) => {
    const lines = (afterCr ? chunk.replace(/^\n/, '') : chunk).split(/\r\n|\n|\r/);
    afterCr = chunk ? chunk.endsWith('\r') : afterCr;
    lines[0] = rest + lines[0];
    rest = lines.pop();
    lines.forEach(line);
  };
}

/** Whether a selector (`a/b`, `a/*`, `a/**`) selects a topic; `hub/…` has to be named. */
export function selects(selector, topic) {
  const wanted = selector.split('/'), given = topic.split('/');
  return (wanted.at(-1) === '**' ? given.length >= wanted.length : given.length === wanted.length)
    && wanted.every((segment, i) =>
      segment === given[i] || (segment.startsWith('*') && (i || given[0] !== 'hub' || !given[1])));
}

/** How far id `a` is ahead of id `b`; NaN if they are of different epochs. */
function ahead(a = '', b) {
  const [epochA, offsetA] = a.split('-'), [epochB, offsetB] = b.split('-');
  return epochA === epochB ? offsetA - offsetB : NaN;
}

const isSeen = (id, cursor) => ahead(id, cursor) <= 0;
const isLess = (a, b) => a !== '' && !(ahead(a, b) >= 0); // another epoch counts as less: the hub will tell the gap

const fromJson = (text) => {
  try {
    return JSON.parse(text);
  } catch {} // undefined, which is no JSON
};

const eventOf = (item) => ({
  ...item,
  topic: item.topics[0],
  get json() {
    return fromJson(item.data);
  },
});

/** Half of it is chance: many lose their hub at once. */
const backoff = (baseMillis, failures) =>
  Math.min(BACKOFF_MAX_MILLIS, baseMillis * 2 ** failures) * (1 + Math.random()) / 2;

const problemOf = (error) => error.problem ?? { detail: String(error.message ?? error) };

/** One request; throws with the hub's problem if it is refused. */
async function request({ url, token, credentials }, topics, query, signal) {
  const target = new URL(url);
  topics.forEach((topic) => target.searchParams.append('topic', topic));
  Object.entries(query).forEach(([name, value]) => target.searchParams.set(name, value));
  const Accept = query.envelope ? 'text/event-stream' : 'application/json';
  for (let isRenewal = false; ; isRenewal = true) {
    const bearer = token?.call ? await token(isRenewal) : token;
    const headers = { Accept, ...(bearer && { Authorization: 'Bearer ' + bearer }) };
    const answer = await fetch(target, { headers, signal, cache: 'no-store', credentials });
    const { status } = answer;
    if (status === 200 && answer.headers.get('content-type')?.startsWith(Accept)) {
      return query.envelope ? answer : answer.json();
    }
    if (status !== 401 || isRenewal || !token?.call) {
      const problem = fromJson(await answer.text()) ?? { status, detail: 'no answer of a hub: ' + status };
      throw { problem, isFinal: status === 204 || (status > 399 && status < 500 && ![408, 425, 429].includes(status)) };
    }
  }
}

/** What a tab's subscriptions share with other tabs: the channel, the lock, and when it leads, the stream. */
class Link {
  constructor(name) {
    this.name = name;
    this.isShared = name && navigator.locks; // which only pages from https or localhost have
    this.me = Math.random().toString(36).slice(2);
    this.subs = new Set();
    this.joins = 0; // how often this tab has said what it follows
    this.down = { state: 'connecting' };
    const listen = (type, act) => addEventListener(type, (event) => this.subs.size && act(event));
    listen('pagehide', () => this.stop());
    listen('pageshow', (event) => event.persisted && this.start());
    listen('online', () => this.wake?.());
  }

  add(sub) {
    this.options = sub.options; // its token is the newest
    this.subs.add(sub);
    this.subs.size === 1 && this.start();
  }

  remove(sub) {
    this.subs.delete(sub);
    this.subs.size ? this.join() : this.stop();
  }

  start() {
    this.leader = '';
    this.missed = 0;
    if (this.isShared) {
      this.channel = new BroadcastChannel(this.name);
      this.channel.onmessage = (message) => this.hear(message.data);
    }
    this.timer = setInterval(() => this.tick(), this.options.watchdog / 8);
    this.acquire({});
    this.join();
  }

  stop() {
    this.subs.forEach((sub) => (sub.isOn = false));
    clearInterval(this.timer);
    this.retire();
    this.tell('join', { subs: [] });
    this.queue?.abort();
    this.channel?.close();
    this.channel = null;
  }

  /** The lock is given back by the browser when the tab goes, however it goes. */
  acquire(how) {
    if (!this.isShared) {
      return this.lead();
    }
    this.queue?.abort();
    const queue = (this.queue = new AbortController());
    navigator.locks
      .request(this.name, how.steal ? how : { signal: queue.signal }, () =>
        queue.signal.aborted ? null : new Promise((release) => this.lead(release)))
      .catch(() => {
        if (this.queue === queue && !queue.signal.aborted) { // stolen, because this tab had fallen silent
          this.retire();
          this.acquire({});
        }
      });
  }

  tell(kind, what) {
    const message = { kind, by: this.me, ...what };
    this.channel?.postMessage(message);
    this.hear(message);
  }

  /** Ticks are counted instead of seconds: a machine that slept has missed none. */
  tick() {
    if (this.peers) {
      if (Date.now() - this.aliveAt > this.options.watchdog / (this.isOpen ? 1 : 2)) {
        this.controller?.abort(this.isOpen ? 'silent' : 'buffered');
      }
      this.tell('beat');
    } else if (++this.missed > 12) {
      this.missed = 0;
      this.acquire({ steal: true }); // the leader is frozen, and holds the lock
    }
  }

  hear(message) {
    const { kind, by, heard } = message;
    if (kind === 'join') {
      this.peers && this.joined(message);
      return;
    }
    this.missed = 0;
    if (kind === 'lead') {
      this.leader = by;
      this.join();
    } else if (kind === 'open') {
      this.leader = by;
      this.down = null;
      this.live = { via: message.via, tabs: Object.keys(heard).length, isLeader: by === this.me };
      this.subs.forEach((sub) => {
        sub.isOn = sub.join <= heard[this.me];
        sub.show();
      });
    } else if (by !== this.leader) { // thawed, and no leader any more
    } else if (kind === 'down') {
      this.down = message;
      this.subs.forEach((sub) => sub.show());
    } else if (kind === 'batch') {
      this.subs.forEach((sub) => sub.isOn && sub.take(message.items, message.at));
    } else if (message.to === this.me) {
      [...this.subs].at(-1)?.leave(); // no room on the shared stream: it gets one of its own
    }
  }

  /** Says what this tab follows, and from where. */
  join() {
    const join = ++this.joins;
    const subs = [...this.subs].filter((sub) => sub.isPrimed);
    subs.forEach((sub) => (sub.join = join));
    this.tell('join', { join, subs: subs.map(({ topics, cursor }) => ({ topics, cursor })) });
  }

  // The leader's part.

  lead(release) {
    this.release = release;
    this.peers = new Map();
    this.at = '';
    this.tell('lead');
    this.run(this.peers);
  }

  retire() {
    this.peers = null;
    this.controller?.abort('retired');
    this.wake?.();
    this.release?.();
    this.release = null;
  }

  joined({ by, join, subs }) {
    const peer = { join, subs };
    subs[0] ? this.peers.set(by, peer) : this.peers.delete(by);
    if (this.union().length > SELECTORS_MAX) {
      return this.tell('full', { to: by });
    }
    const isServed = this.isOpen && subs.every((sub) =>
      sub.topics.every((topic) => this.topics.includes(topic)) && !isLess(sub.cursor, this.at));
    if (isServed && subs[0]) {
      this.served.push(peer);
      this.opened();
    } else if (subs[0] || '' + this.union() !== '' + this.topics) {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => {
        this.controller?.abort('changed');
        this.wake?.();
      }, 20);
    }
  }

  /** What the tabs follow. */
  followed() {
    return [...this.peers.values()].flatMap((peer) => peer.subs);
  }

  union() {
    return [...new Set(this.followed().flatMap((sub) => sub.topics))].sort();
  }

  /** What the served peers follow is on the stream from now on, and the stream's cursor is theirs. */
  opened() {
    this.isOpen = true;
    const heard = {};
    this.peers.forEach((peer, tab) => {
      if (this.served.includes(peer)) {
        heard[tab] = peer.join;
        peer.subs.forEach((sub) => (sub.cursor = null));
      }
    });
    this.tell('open', { via: this.isBuffered ? 'poll' : 'stream', heard });
  }

  sleep(millis) {
    return new Promise((wake) => {
      this.wake = wake;
      setTimeout(wake, millis);
    });
  }

  async run(peers) {
    let failures = 0;
    await this.sleep(GATHER_MILLIS);
    while (this.peers === peers) {
      this.topics = this.union();
      if (!this.topics[0]) {
        await this.sleep(BACKOFF_MAX_MILLIS);
        continue;
      }
      this.served = [...this.peers.values()];
      for (const { cursor } of this.followed()) {
        if (cursor !== null && (this.at === '' || isLess(cursor, this.at))) {
          this.at = cursor;
        }
      }
      const controller = (this.controller = new AbortController());
      this.isOpen = false;
      this.returnMillis = this.problem = undefined;
      this.aliveAt = Date.now();
      try {
        await (this.isBuffered ? this.poll(controller.signal) : this.stream(controller.signal));
      } catch (error) {
        const reason = controller.signal.reason ?? error;
        if (reason === 'changed') {
          continue;
        }
        if (!this.isOpen) { // if nothing at all came, the long poll shows whether it is the way or the hub
          this.isBuffered = reason === 'buffered' && !this.isBuffered;
        }
        this.problem = problemOf(reason);
      }
      if (this.peers !== peers) {
        return;
      }
      failures = this.isOpen ? 0 : failures + 1;
      if (this.isBuffered && !this.isOpen) {
        continue;
      }
      this.isOpen = false;
      const millis = this.returnMillis ?? backoff(this.retryMillis ?? 1000, failures);
      this.tell('down', { state: 'waiting', detail: { until: Date.now() + millis, problem: this.problem } });
      await this.sleep(millis);
      this.peers === peers && this.tell('down', { state: 'connecting' });
    }
  }

  /** Reads until the stream ends; throws if it breaks. */
  async stream(signal) {
    const query = { envelope: 'untyped', ...(this.at && { lastEventId: this.at }) };
    const answer = await request(this.options, this.topics, query, signal);
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let items = [];
    const feed = parser(
      ({ id, type, data }) => {
        this.at = id || this.at;
        if (type === 'hub.closing') {
          this.returnMillis = this.retryMillis;
          this.problem = { detail: fromJson(data)?.reason };
        } else if (data !== null) {
          items.push(type ? { type, data } : fromJson(data));
        }
      },
      (millis) => (this.retryMillis = millis));
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) {
        throw signal.reason;
      }
      if (done) {
        return;
      }
      this.aliveAt = Date.now();
      this.isOpen || this.opened();
      const before = this.at;
      feed(decoder.decode(value, { stream: true }));
      this.tell('batch', { items, at: this.at === before ? '' : this.at });
      items = [];
    }
  }

  /** Something on the way keeps back the stream: asks again and again. */
  async poll(signal) {
    const streamAt = Date.now() + 300_000; // then the stream gets another chance
    for (;;) {
      const wait = this.isOpen ? Math.round(this.options.watchdog / 3) : 1;
      const query = { wait: wait + 'ms', ...(this.at && { lastEventId: this.at }) };
      const answer = await request(this.options, this.topics, query, signal);
      this.aliveAt = Date.now();
      this.isOpen || this.opened();
      this.at = answer.cursor;
      this.tell('batch', { items: answer.events, at: this.at });
      if (Date.now() > streamAt) {
        this.isBuffered = false;
        this.controller.abort('changed');
      }
    }
  }
}

class Subscription {
  constructor(link, topics, options) {
    Object.assign(this, { link, topics, options, cursor: '', join: Infinity });
    link.add(this);
    this.prime();
  }

  /** Gets what there is and a cursor. What is wrong with this subscription shows here, and spares the others. */
  async prime() {
    await null; // the caller has its subscription before it hears of it
    const { since, resume, store } = this.options;
    let failures = 0, from = (resume && store.getItem(resume)) || '';
    this.show();
    while (!this.isPrimed && !this.isClosed) {
      const query = from ? { poll: 1, lastEventId: from } : since ? { poll: 1, since } : { wait: '1ms' };
      try {
        const signal = AbortSignal.timeout(BACKOFF_MAX_MILLIS);
        const { events, cursor } = await request(this.options, this.topics, query, signal);
        from = cursor;
        this.take(events, from, true);
        this.isPrimed = !query.poll || events.length < PAGE_EVENTS;
        failures = 0;
      } catch (error) {
        if (error.isFinal) {
          return this.close('refused', error.problem);
        }
        const millis = backoff(1000, failures++);
        this.show('waiting', { until: Date.now() + millis, problem: problemOf(error) });
        await new Promise((wake) => setTimeout(wake, millis));
        this.show();
      }
    }
    this.isClosed || this.link.join();
  }

  /** Hands over what is new in a batch that reaches up to `at`. */
  take(items, at, isOwn) {
    const { onEvent, onGap, resume, store } = this.options;
    const before = this.cursor;
    for (const item of items) {
      if (this.isClosed) {
        at = '';
      } else if (item?.type === 'hub.gap') {
        const gap = fromJson(item.data);
        if (isOwn || !gap.oldest || !(ahead(this.cursor, gap.oldest) >= -1) || gap.reason === 'ahead') {
          this.cursor = ''; // what is kept comes next, all of it
          this.call(onGap, gap);
        }
      } else if (item?.topics && !isSeen(item.id, this.cursor)
          && (isOwn || item.topics.some((topic) => this.topics.some((selector) => selects(selector, topic))))) {
        this.cursor = item.id ?? this.cursor;
        this.call(onEvent, eventOf(item));
      }
    }
    this.cursor = !at || isSeen(at, this.cursor) ? this.cursor : at;
    resume && this.cursor !== before && store.setItem(resume, this.cursor);
  }

  call(handler, ...values) {
    try {
      handler?.(...values);
    } catch (error) {
      reportError(error); // a bug of the page, and the next event is still the next
    }
  }

  show(state, detail = {}) {
    const { live, down } = this.link;
    if (!state) {
      state = this.isOn && !down ? 'live' : (this.isPrimed && down?.state) || 'connecting';
      detail = state === 'live' ? live : state === 'waiting' ? down.detail : {};
    }
    const shown = JSON.stringify([state, detail]);
    if (!this.isClosed && shown !== this.shown) {
      this.shown = shown;
      this.call(this.options.onState, state, detail);
    }
  }

  /** Goes on over a stream of its own. */
  leave() {
    this.link.remove(this);
    this.isOn = false;
    this.link = new Link('');
    this.link.add(this);
    this.link.join();
  }

  close(state = 'closed', problem) {
    if (!this.isClosed) {
      this.show(state, { problem });
      this.isClosed = true;
      this.link.remove(this);
    }
  }
}

const links = new Map();

/** @type {import('./carillon.js').subscribe} */
export function subscribe(topics, options = {}) {
  const { since, url = new URL('/events', import.meta.url).href, share = 'carillon' } = options;
  const whole = {
    watchdog: 25_000,
    store: sessionStorage,
    ...options,
    since: since instanceof Date ? since.toISOString() : since,
    url: new URL(url, location.href).href,
  };
  const name = share && [share, whole.url, whole.token ? 'token' : ''].join(' ');
  const link = links.get(name) ?? new Link(name);
  name && links.set(name, link);
  return new Subscription(link, [topics].flat(), whole);
}
