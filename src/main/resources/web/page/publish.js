/* Publishing from the page, and the same in other words: curl, EventSource, carillon.js. */

import { authorization } from './rights.js';
import { byId, encoded, fromJson, quoted, topicPath } from './text.js';

const FIELDS = ['type', 'key', 'ttl', 'retry'];

/** The draft whose fate is unknown, and its key: sent again under the same key it is stored at most once. */
let unsettled = { draft: '', key: '' };

const valueOf = (name) => byId('publish-' + name).value.trim();

/** What is said besides topic and data, as [name, value] of a query. */
function options() {
  const topics = byId('publish-topics').value.split('\n').filter((line) => line.trim() !== '');
  return [
    ...topics.map((topic) => ['topic', topic.trim()]),
    ...FIELDS.filter((name) => valueOf(name)).map((name) => [name, valueOf(name)]),
    ...(byId('publish-private').checked ? [['private', 'true']] : []),
  ];
}

async function publish(submit) {
  submit.preventDefault();
  const topic = valueOf('topic');
  const data = byId('publish-data').value;
  const query = new URLSearchParams(options());
  const draft = JSON.stringify([topic, String(query), data]);
  if (unsettled.draft !== draft) {
    unsettled = { draft, key: newKey() };
  }
  if (!query.has('key')) {
    query.set('key', unsettled.key);
  }
  showOutcome('', 'sending');
  const startMillis = performance.now();
  try {
    const answer = await fetch(`/events/${topicPath(topic)}?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain; charset=utf-8', ...authorization() },
      body: data,
    });
    const text = await answer.text();
    const isUnknown = answer.status === 500 || answer.status === 504;
    if (!isUnknown) {
      unsettled = { draft: '', key: '' };
    }
    if (answer.ok) {
      const outcome = { 200: 'stored before', 201: 'stored', 202: 'delivered' }[answer.status] ?? 'done';
      showOutcome('stored', text ? `${answer.status} · ${text.trim()}` : `${answer.status} · transient`);
      byId('publish-took').textContent = `${outcome} in ${Math.round(performance.now() - startMillis)} ms`;
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
  byId('publish-took').textContent = '';
}

export function useTopic(name) {
  byId('publish-topic').value = name;
  showSnippets();
}

const SNIPPETS = {
  follow: ({ url }) => `curl -N ${quoted(url)}`,
  publish: ({ url, query, data }) => {
    const option = data.startsWith('@') ? '--data-raw' : '-d'; // -d takes what follows an @ for a file's name
    return `curl ${option} ${quoted(data)} ${quoted(url + query)}`;
  },
  replay: ({ url }) => `curl ${quoted(url + '?poll')}`,
  eventsource: ({ path }) => `const source = new EventSource(${literal(path + '?envelope=untyped')});
source.onmessage = (message) => {
  const event = JSON.parse(message.data);
  console.log(event.id, event.data);
};`,
  carillon: ({ topic }) => `import { subscribe } from ${literal(location.origin + '/carillon.js')};

const subscription = subscribe(${literal(topic)}, {
  since: 'last:10',
  onEvent: (event) => console.log(event.id, event.json ?? event.data),
  onGap: (gap) => console.warn('history is missing', gap),
  onState: (state) => console.log(state),
});`,
};

const literal = (text) => "'" + JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'") + "'";

export function showSnippets() {
  const topic = valueOf('topic') || 'news';
  const fields = options().map(([name, value]) => `${name}=${encoded(value)}`);
  const facts = {
    topic,
    path: `/events/${topicPath(topic)}`,
    url: `${location.origin}/events/${topicPath(topic)}`,
    query: fields.length > 0 ? '?' + fields.join('&') : '',
    data: byId('publish-data').value,
  };
  for (const code of document.querySelectorAll('[data-snippet]')) {
    code.textContent = SNIPPETS[code.dataset.snippet](facts);
  }
}

async function copy(click) {
  const copier = click.currentTarget;
  const code = copier.parentElement.querySelector('code');
  try {
    await navigator.clipboard.writeText(code.textContent);
    copier.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(code); // only pages from localhost or https may write to the clipboard
    copier.textContent = 'Selected';
  }
  setTimeout(() => (copier.textContent = 'Copy'), 1500);
}

export function start() {
  const form = byId('publish-form');
  form.addEventListener('submit', publish);
  form.addEventListener('input', showSnippets);
  form.addEventListener('keydown', (key) => {
    if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) {
      form.requestSubmit();
    }
  });
  document.querySelectorAll('.copy').forEach((each) => each.addEventListener('click', copy));
  showSnippets();
}
