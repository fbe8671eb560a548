/** What the module carillon.js offers: following a Carillon hub from a browser, over one connection for all tabs. */

/** An event as it was published, with its id. */
export interface HubEvent {
  /** `<epoch>-<offset>`; absent on transient events, such as ticks of a clock. */
  readonly id?: string;
  /** Every topic it was published under. */
  readonly topics: readonly string[];
  /** The first of them. */
  readonly topic: string;
  readonly type?: string;
  /** When it was stored, RFC 3339. */
  readonly time: string;
  /** Of the request that published it (W3C Trace Context), if it had one. */
  readonly traceparent?: string;
  /** As it was published. */
  readonly data: string;
  /** `data` parsed as JSON when asked for; undefined if it is none. */
  readonly json: any;
}

/** History between the cursor and what comes next is missing. Everything that is kept follows. */
export interface Gap {
  readonly reason: 'expired' | 'ahead' | 'epoch' | 'unknown';
  /** The cursor that cannot be resumed. */
  readonly requested: string;
  /** What is kept; null when nothing is. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/**
 * - `connecting`: history is being read, or the stream is being opened
 * - `live`: everything that is acknowledged arrives
 * - `waiting`: broken; tried again at `until`
 * - `refused`: the hub will not have it (a malformed topic, no right to it); final
 * - `closed`: by `close()`; final
 */
export type State = 'connecting' | 'live' | 'waiting' | 'refused' | 'closed';

export interface StateDetail {
  /** While live: `poll` when something on the way keeps back streams. */
  readonly via?: 'stream' | 'poll';
  /** While live: how many tabs share the connection. */
  readonly tabs?: number;
  /** While live: whether the connection is held by this tab. */
  readonly isLeader?: boolean;
  /** While waiting: when the next attempt is due, in milliseconds since 1970. */
  readonly until?: number;
  /** Why it is waiting or refused: the hub's problem body, or a `detail` of the client's own. */
  readonly problem?: { readonly code?: string; readonly status?: number; readonly detail?: string };
}

export interface Options {
  /**
   * From where: an event id, `all`, a duration such as `10m`, a time, `last:N`. Default: live only.
   */
  since?: string | Date;
  /** Called once for each event, in order. */
  onEvent?: (event: HubEvent) => void;
  /** Called before the events that follow the gap. */
  onGap?: (gap: Gap) => void;
  onState?: (state: State, detail: StateDetail) => void;
  /**
   * Sent as `Authorization: Bearer …`. A function is asked before each request, and with `isRenewal` true once more
   * after a 401. The tab that holds the connection uses that of its newest subscription.
   */
  token?: string | ((isRenewal: boolean) => string | Promise<string>);
  /**
   * A name under which the cursor is kept after each batch of events, so that a reload goes on exactly where the page
   * before it ended; wins over `since`. Default: none is kept.
   */
  resume?: string;
  /**
   * Where the cursor is kept. Default: `sessionStorage`, each tab on its own, until it is closed. `localStorage`
   * lets the next visit go on where this one ended.
   */
  store?: Pick<Storage, 'getItem' | 'setItem'>;
  /**
   * Tabs and subscriptions of one origin that give the same name share one connection; `false` gives this subscription
   * one of its own. Sharing needs Web Locks, so https or localhost. Default: `carillon`.
   */
  share?: string | false;
  /**
   * Longest silence of the hub before the connection is given up, in milliseconds; at least one and a half times its
   * `subscribe.heartbeat`. Half of it is the longest a stream may take to begin before long polls replace it. The
   * newest subscription of a tab decides for all that share. Default: 25,000.
   */
  watchdog?: number;
  /** Of the hub's `/events`. Default: where the module came from. */
  url?: string | URL;
  /** As of `fetch`: `include` sends cookies to another origin. */
  credentials?: RequestCredentials;
}

export interface Subscription {
  /** Id up to which everything selected has been handed over; fit for `since`. Empty before the first answer. */
  readonly cursor: string;
  /** Ends it. No handler is called afterwards, but `onState` with `closed`. */
  close(): void;
}

/**
 * Follows topics or selectors (`prices/*`, `builds/**`), at most 64 of them: each event once and in order, across
 * broken connections, restarts of the hub and tabs that come and go. Ends with `close()` or the page.
 *
 *     const subscription = subscribe(['news', 'builds/**'], {
 *       since: 'last:20',
 *       onEvent: (event) => console.log(event.topic, event.json ?? event.data),
 *     });
 */
export function subscribe(topics: string | readonly string[], options?: Options): Subscription;

/** Whether a selector selects a topic. */
export function selects(selector: string, topic: string): boolean;

/**
 * Reads an event stream chunk by chunk (WHATWG HTML, 9.2.6). `onBlock` is called at each blank line: `data` is null
 * where there was none, `id` is the last one seen.
 */
export function parser(
  onBlock: (block: { id: string; type: string; data: string | null }) => void,
  onRetry?: (millis: number) => void,
): (chunk: string) => void;
