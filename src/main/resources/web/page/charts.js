/*
 * The last minute in small charts, one point a second: what this page has seen itself, and what the nodes of the hub
 * say about all their clients, as far as this page may hear it. A chart without a source stays away.
 */

import { byId, short } from './text.js';

const SECONDS = 60;
const LATENCIES_MAX = 512; // of one second; beyond it every further one replaces an older one by chance
const CLOCKS_DIFFER_MILLIS = 10_000;

let now = second();
let seen = fresh();

function fresh() {
  return { events: 0, bytes: 0, latencies: [] };
}

/** An event has arrived while it was news; `latency` in milliseconds from its commit. */
export function count(bytes, latency) {
  seen.events++;
  seen.bytes += bytes;
  const { latencies } = seen;
  latencies[latencies.length < LATENCIES_MAX ? latencies.length : Math.floor(Math.random() * LATENCIES_MAX)] = latency;
}

class Chart {
  constructor(id) {
    this.figure = byId(id);
    this.value = this.figure.querySelector('.value');
    this.note = this.figure.querySelector('.note');
    this.canvas = this.figure.querySelector('canvas');
    this.points = [];
  }

  add(point) {
    this.points.push(point);
    if (this.points.length > SECONDS) {
      this.points.shift();
    }
  }

  show(value, note) {
    this.figure.hidden = false;
    this.value.textContent = value;
    this.note.textContent = note;
    this.draw();
  }

  draw() {
    const { canvas, points } = this;
    const scale = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale), height = Math.round(canvas.clientHeight * scale);
    if (width === 0 || document.hidden) {
      return;
    }
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const style = getComputedStyle(canvas);
    const pen = canvas.getContext('2d');
    const top = Math.max(...points.filter((point) => point !== null), 1e-9);
    const x = (i) => ((SECONDS - points.length + i) / (SECONDS - 1)) * width;
    const y = (point) => height - scale - (point / top) * (height - 4 * scale);
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = 1.5 * scale;
    pen.lineJoin = 'round';
    pen.strokeStyle = style.color;
    pen.fillStyle = style.getPropertyValue('--chart-area');
    for (let start = 0; start < points.length; start++) {
      if (points[start] === null) {
        continue; // a break: nothing is known of this second
      }
      let end = start;
      while (end + 1 < points.length && points[end + 1] !== null) {
        end++;
      }
      const line = new Path2D();
      for (let i = start; i <= end; i++) {
        line.lineTo(x(i), y(points[i]));
      }
      const area = new Path2D(line);
      area.lineTo(x(end), height);
      area.lineTo(x(start), height);
      pen.fill(area);
      pen.stroke(line);
      start = end;
    }
  }
}

const events = new Chart('chart-events');
const latency = new Chart('chart-latency');
const data = new Chart('chart-data');
const streams = new Chart('chart-streams');
const deliveries = new Chart('chart-deliveries');

function second() {
  return Math.floor(Date.now() / 1000);
}

/**
 * Once a second; `isLive` says whether nothing seen means nothing happened, `totals` what the nodes say together, null
 * if nothing.
 */
export function turnSecond(isLive, totals) {
  const passed = Math.min(SECONDS, second() - now);
  if (passed <= 0) {
    return;
  }
  now = second();
  const closed = seen;
  seen = fresh();
  for (let i = 1; i < passed; i++) {
    [events, data, latency].forEach((chart) => chart.add(null)); // the browser slept, or gave the page no time
  }
  events.add(isLive || closed.events > 0 ? closed.events : null);
  data.add(isLive || closed.events > 0 ? closed.bytes : null);
  const sorted = closed.latencies.sort((a, b) => a - b);
  latency.add(sorted.length > 0 ? quantile(sorted, 0.5) : null);

  events.show(short(closed.events), `${sum(events.points).toLocaleString('en')} in this minute`);
  data.show(short(closed.bytes / 1024), `${size(sum(data.points))} in this minute`);
  if (sorted.length > 0) {
    const median = quantile(sorted, 0.5);
    const most = `99 of 100 within ${short(Math.max(0, quantile(sorted, 0.99)))} ms`;
    latency.show(short(Math.max(0, median)), Math.abs(median) > CLOCKS_DIFFER_MILLIS ? 'the clocks differ' : most);
  } else {
    latency.draw();
  }
  const where = totals?.nodes > 1 ? `on ${totals.nodes} nodes` : 'on this node';
  addTotal(streams, passed, totals?.streams, `open ${where}`);
  addTotal(deliveries, passed, totals?.deliveries, `to all, ${where}`);
}

function addTotal(chart, passed, total, note) {
  if (total === undefined || total === null) {
    chart.figure.hidden || chart.add(null);
    chart.draw();
    return;
  }
  for (let i = 1; i < passed && !chart.figure.hidden; i++) {
    chart.add(null);
  }
  chart.add(total);
  chart.show(short(total), note);
}

const sum = (points) => points.reduce((total, point) => total + (point ?? 0), 0);
const size = (bytes) => (bytes < 1 << 20 ? `${short(bytes / 1024)} KiB` : `${short(bytes / (1 << 20))} MiB`);
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

export const redraw = () => [events, latency, data, streams, deliveries].forEach((chart) => chart.draw());
