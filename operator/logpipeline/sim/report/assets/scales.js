// Scales, ticks and words: numbers of a run -> places and texts of a chart.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function html(name, className = "", ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function linear(low, high, from, to) {
  const scale = value => from + (value - low) / (high - low || 1) * (to - from);
  scale.back = place => low + (place - from) / (to - from || 1) * (high - low);
  return scale;
}

// Zero has a place too: everything below `low` is drawn at its line.
function logarithmic(low, high, from, to) {
  const span = Math.log10(high / low) || 1;
  return value => from + Math.log10(Math.max(value, low) / low) / span * (to - from);
}

function roundTicks(high, wanted) {
  const rough = high / wanted;
  const size = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 2.5, 5, 10].map(times => times * size).find(one => one >= rough) || size;
  const ticks = [];
  for (let tick = 0; tick <= high + step * 1e-6; tick += step) ticks.push(tick);
  return ticks;
}

function decades(low, high, most = 5) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  const ticks = [];
  for (let power = last; power >= first; power -= every) ticks.unshift(10 ** power);
  return ticks;
}

const CLOCK_STEPS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

// Ticks stand at full hours and minutes of the clock, not of the run.
function timeTicks(begins, from, to, wanted) {
  const step = CLOCK_STEPS.find(one => (to - from) / one <= wanted) || 604800 * Math.ceil((to - from) / wanted / 604800);
  const ticks = [];
  for (let tick = Math.ceil((begins + from) / step) * step - begins; tick <= to; tick += step) ticks.push(tick);
  return { ticks, step };
}

const pad = number => String(number).padStart(2, "0");

function clock(at, step = 1) {
  const date = new Date(at * 1000);
  if (step >= 86400) return `${date.getUTCDate()} ${date.toLocaleString("en", { month: "short", timeZone: "UTC" })}`;
  const minutes = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  return step < 60 ? `${minutes}:${pad(date.getUTCSeconds())}` : minutes;
}

function count(value) {
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (value >= size) return `${+(value / size).toPrecision(3)}${letter}`;
  }
  return `${+value.toPrecision(3)}`;
}

function age(seconds) {
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor(whole % 3600 / 60);
  if (hours) return `${hours}h${minutes ? `${minutes}m` : ""}`;
  return minutes ? `${minutes}m${whole % 60 ? `${whole % 60}s` : ""}` : `${whole}s`;
}

// The place of the last moment that is not after `at`.
function placeOf(moments, at) {
  let low = 0, high = moments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (moments[middle] <= at) low = middle; else high = middle - 1;
  }
  return low;
}

const countAt = (steps, at) => steps[placeOf(steps.map(step => step[0]), at)][1];
