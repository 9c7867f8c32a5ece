// The charts of one run: what arrives, what waits, how old it is, and how many replicas there were.

const LEFT = 46, RIGHT = 14, TOP = 8, BOTTOM = 18;

// Each panel: its heading, height, which series it has, and how its axis goes. `reach` is the highest value of all
// runs of the scene, so that charts beside each other have the same axes.
const PANELS = [
  {
    id: "arrival", heading: "Arrival, records/s", height: 120,
    reach: stage => Math.max(...stage.arrival, ...stage.consumed),
    axis: (high, from, to) => ({ scale: linear(0, high * 1.05, from, to), ticks: roundTicks(high, 3), spell: count }),
    draw: (chart, stage) => [
      chart.area(stage.arrival, "f-arrival"), chart.line(stage.consumed, "s-consumed"), chart.line(stage.arrival, "s-arrival"),
    ],
    tell: (stage, place) => `${count(stage.arrival[place])}/s`,
  },
  {
    id: "backlog", heading: "Waiting, records (log scale)", height: 130,
    reach: (stage, scene) => Math.max(...stage.backlog, scene.alert * 1.5),
    axis: (high, from, to) => ({ scale: logarithmic(100, high * 1.3, from, to), ticks: decades(100, high), spell: count }),
    limit: scene => ({ at: scene.alert, label: `alert ${count(scene.alert)}` }),
    draw: (chart, stage) => [chart.area(stage.backlog, "f-backlog"), chart.line(stage.backlog, "s-backlog")],
    tell: (stage, place) => count(stage.backlog[place]),
  },
  {
    id: "age", heading: "Age of the oldest (log scale)", height: 130,
    reach: (stage, scene) => Math.max(...stage.age, scene.late * 2),
    axis: (high, from, to) => ({
      scale: logarithmic(1, high * 1.2, from, to), spell: age,
      ticks: [1, 10, 60, 600, 3600, 21600, 86400].filter(tick => tick <= high * 1.2),
    }),
    limit: scene => ({ at: scene.late, label: `late: ${age(scene.late)}` }),
    draw: (chart, stage, scene) => [
      chart.area(stage.age, "f-age"),
      chart.area(stage.age.map(value => value > scene.late ? value : 0), "f-late"), chart.line(stage.age, "s-age"),
    ],
    tell: (stage, place) => age(stage.age[place]),
  },
  {
    id: "replicas", heading: "Replicas, and each decision", height: 210,
    reach: stage => Math.max(...stage.needed, ...["wanted", "ready", "pods"].flatMap(name => stage[name].map(step => step[1]))),
    axis: (high, from, to) => ({ scale: linear(0, high * 1.06, from, to), ticks: roundTicks(high, 4), spell: count }),
    draw: (chart, stage) => [
      chart.steps(stage.ready, "f-ready", true), chart.steps(stage.pods, "line s-pods"), chart.line(stage.needed, "s-needed"),
      chart.steps(stage.ready, "line s-ready"), chart.steps(stage.wanted, "line s-wanted"), ...chart.marks(stage.changes),
    ],
    tell: (stage, place, at) => `${countAt(stage.ready, at)} of ${countAt(stage.wanted, at)} ready`,
  },
];

const MOST_TRIANGLES = 70;
let clips = 0;

class Chart {
  constructor(panel, scene, range, reach, width) {
    Object.assign(this, { panel, scene, range, width });
    this.height = panel.height;
    this.x = linear(range[0], range[1], LEFT, width - RIGHT);
    this.axis = panel.axis(reach, this.height - BOTTOM, TOP);
    this.y = this.axis.scale;
    this.id = `clip-${++clips}`;
  }

  svg(stage, name) {
    const { width, height, panel } = this;
    const drawing = element("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": `${name}: ${panel.heading}` });
    const clip = element("clipPath", { id: this.id }, element("rect", { x: LEFT, y: 0, width: width - LEFT - RIGHT, height: height - BOTTOM + 1 }));
    const plot = element("g", { "clip-path": `url(#${this.id})` }, ...panel.draw(this, stage, this.scene));
    const over = element("g", { class: "over" });
    drawing.append(element("defs", {}, clip), ...this.events(), ...this.frame(), plot, ...this.limit(), over);
    return drawing;
  }

  // What was announced: from the warming to the end of the ramp down, and darker while it lasts.
  events() {
    const bands = (this.scene.events || []).flatMap(event => [["near", event.warming, event.over], ["event", event.start, event.end]]);
    const seen = bands.map(([className, from, to]) => [className, Math.max(from, this.range[0]), Math.min(to, this.range[1])]);
    return seen.filter(([, from, to]) => to > from).map(([className, from, to]) => element("rect", {
      class: className, x: this.x(from), width: this.x(to) - this.x(from), y: TOP, height: this.height - BOTTOM - TOP,
    }));
  }

  frame() {
    const floor = this.height - BOTTOM, parts = [];
    for (const tick of this.axis.ticks) {
      const y = this.y(tick);
      parts.push(element("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y }));
      parts.push(element("text", { x: LEFT - 6, y: y + 3.5, "text-anchor": "end" }, this.axis.spell(tick)));
    }
    const { ticks, step } = timeTicks(this.scene.begins, ...this.range, Math.max(2, this.width / 75));
    for (const tick of ticks) {
      const x = this.x(tick), edge = x > this.width - RIGHT - 12;
      parts.push(element("line", { class: "grid", x1: x, x2: x, y1: TOP, y2: floor }));
      parts.push(element("text", { x: edge ? this.width : x, y: floor + 13, "text-anchor": edge ? "end" : "middle" }, clock(this.scene.begins + tick, step)));
    }
    parts.push(element("line", { class: "axis", x1: LEFT, x2: this.width - RIGHT, y1: floor, y2: floor }));
    return parts;
  }

  limit() {
    if (!this.panel.limit) return [];
    const { at, label } = this.panel.limit(this.scene), y = this.y(at);
    return [
      element("line", { class: "limit", x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y }),
      element("text", { class: "limit-label", x: this.width - RIGHT - 4, y: y - 4, "text-anchor": "end" }, label),
    ];
  }

  places(values) {
    const at = this.scene.at, first = Math.max(0, placeOf(at, this.range[0]) - 1);
    const last = Math.min(at.length - 1, placeOf(at, this.range[1]) + 1), points = [];
    for (let place = first; place <= last; place++) points.push(`${this.x(at[place]).toFixed(1)},${this.y(values[place]).toFixed(1)}`);
    return points;
  }

  line(values, className) {
    return element("path", { class: `line ${className}`, d: `M${this.places(values).join("L")}` });
  }

  area(values, className) {
    const points = this.places(values), floor = this.height - BOTTOM;
    const [left, right] = [points[0], points[points.length - 1]].map(point => point.split(",")[0]);
    return element("path", { class: className, d: `M${left},${floor}L${points.join("L")}L${right},${floor}Z` });
  }

  steps(steps, className, filled = false) {
    const floor = this.height - BOTTOM, end = this.x(this.scene.seconds).toFixed(1);
    let path = filled ? `M${this.x(0).toFixed(1)},${floor}` : `M${this.x(0).toFixed(1)},${this.y(steps[0][1]).toFixed(1)}`;
    for (const [at, value] of steps) path += `H${this.x(at).toFixed(1)}V${this.y(value).toFixed(1)}`;
    return element("path", { class: className, d: path + `H${end}` + (filled ? `V${floor}Z` : "") });
  }

  // Few decisions are triangles on the line; many are ticks along the floor.
  marks(changes) {
    const seen = changes.filter(([at]) => at >= this.range[0] && at <= this.range[1]), floor = this.height - BOTTOM;
    return seen.map(([at, before, after]) => {
      const x = this.x(at), up = after > before, className = up ? "" : " down";
      if (seen.length > MOST_TRIANGLES) return element("line", { class: `tick${className}`, x1: x, x2: x, y1: floor - (up ? 9 : 5), y2: floor });
      const y = this.y(after), tip = up ? -7 : 7;
      return element("path", { class: `mark${className}`, d: `M${x - 4.5},${y - tip / 7}L${x + 4.5},${y - tip / 7}L${x},${y + tip}Z` });
    });
  }
}
