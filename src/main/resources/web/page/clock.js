/* The clock: every second comes from the hub, this page owns none. A mark for each tick, a bar for the events of it. */

import { byId } from './text.js';

export const CLOCK_TOPIC = 'clock';

/** One entry for each second of the last minute, by hub time. */
const minute = Array.from({ length: 60 }, () => ({ second: -1, ticked: false, events: 0 }));
const hands = { hour: 0, minute: 0, second: 0 };
let newestSecond = -1;
let zoneMillis = 0; // how far the clock's zone is ahead of UTC; the feed tells time in the same zone

/** A tick has arrived. */
export function tick(event) {
  const said = event.json;
  const millis = Number.isFinite(said?.epochMillis) ? said.epochMillis : Date.parse(event.time);
  const text = typeof said?.time === 'string' ? said.time : new Date(millis).toISOString();
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
  byId('clock-date').textContent = wall ? `${wall[1]} UTC${wall[5] === 'Z' ? '' : wall[5]}` : 'by its own format';
  const delay = Date.now() - millis;
  byId('clock-delay').textContent =
    Math.abs(delay) < 10_000 ? `here after ${delay} ms` : `this browser's clock is ${Math.round(delay / 1000)} s off`;
}

/** An event of this time has arrived: the bell rings. */
export function ring(millis) {
  entry(millis).events++;
  byId('clock-bell').classList.add('ringing');
}

export const setStale = (isStale) => byId('clock-face').classList.toggle('stale', isStale);

/** A time of the hub in the clock's zone, to the millisecond. */
export function clockText(millis) {
  return Number.isNaN(millis) ? '' : new Date(millis + zoneMillis).toISOString().slice(11, 23);
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

function drawMinute() {
  minute.forEach((each, place) => {
    const age = newestSecond - each.second;
    const isRecent = age >= 0 && age < 60;
    const mark = byId('clock-marks').children[place];
    mark.classList.toggle('arrived', isRecent && each.ticked);
    mark.style.opacity = isRecent && each.ticked ? 1 - (0.7 * age) / 60 : 1;
    const bar = byId('clock-bars').children[place];
    const height = isRecent && each.events > 0 ? Math.min(20, 3 + 2 * Math.log2(each.events)) : 0;
    bar.setAttribute('y2', -106 - height);
    bar.style.opacity = height === 0 ? 0 : 1 - (0.7 * age) / 60;
  });
}

export function drawFace() {
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
