/* Text in, text out, and the few ways in which this page makes elements. Nothing from outside ever becomes markup. */

export const byId = (id) => document.getElementById(id);

export const element = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text ?? '';
  return made;
};

export const button = (className, text, title, onClick) => {
  const made = element('button', className, text);
  made.type = 'button';
  made.title = title;
  made.addEventListener('click', onClick);
  return made;
};

export const lamp = () => {
  const made = element('span', 'lamp');
  made.ariaHidden = 'true';
  return made;
};

/** Leaves alone what says so already. */
export const setText = (node, text) => {
  if (node.textContent !== text) {
    node.textContent = text;
  }
};

const percent = (char) => '%' + char.charCodeAt(0).toString(16).toUpperCase();

/** Percent-encodes what a shell or a parser of URLs would take offence at, too. */
export const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, percent);

/** A topic as a path: its slashes stay. */
export const topicPath = (topic) => topic.split('/').map(encoded).join('/');

/** A word that a shell reads back as it is. */
export const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

/** What a JSON text says, or undefined. */
export const fromJson = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const counted = (count, one, many = one + 's') => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** 0.4, 12, 1.2 k: three characters say enough of a rate. */
export function short(number) {
  if (number >= 999_500) {
    return trimmed(number / 1e6) + ' M';
  }
  if (number >= 999.5) {
    return trimmed(number / 1e3) + ' k';
  }
  return trimmed(number);
}

const trimmed = (number) =>
  number >= 9.95 || Number.isInteger(number) ? String(Math.round(number)) : number.toFixed(1);

/** How long ago, in one unit. */
export function ago(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  return seconds < 2 ? 'now'
    : seconds < 60 ? `${seconds} s`
    : seconds < 3600 ? `${Math.floor(seconds / 60)} min`
    : seconds < 86_400 ? `${Math.floor(seconds / 3600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}

/** A length of time as people say it. */
export const lasting = (millis) => (millis < 9_950 ? (millis / 1000).toFixed(1) : Math.round(millis / 1000)) + ' s';
