// Late minutes against efficiency: who is punctual, and who is cheap.

const ruler = document.createElement("canvas").getContext("2d");

function widthOf(text) {
  ruler.font = "600 11px Inter, system-ui, sans-serif";
  return ruler.measureText(text).width;
}

// Where a name has room beside its point, or a little further away; nothing where it has none.
function roomFor(name, [x, y], taken, [left, top, right, bottom]) {
  const wide = widthOf(name) + 2, high = 13;
  const beside = [[8, -6], [-8 - wide, -6], [-wide / 2, -19], [-wide / 2, 7]];
  const beyond = [1, 2, 3, 4, 5].flatMap(far => [[14, -6 - 13 * far], [-14 - wide, -6 - 13 * far], [14, -6 + 13 * far]]);
  for (const [place, [dx, dy]] of [...beside, ...beyond].entries()) {
    const box = [x + dx, y + dy, x + dx + wide, y + dy + high];
    const inside = box[0] >= left && box[1] >= top && box[2] <= right && box[3] <= bottom;
    const free = taken.every(other => box[2] <= other[0] || box[0] >= other[2] || box[3] <= other[1] || box[1] >= other[3]);
    if (inside && free) return { box, far: place >= beside.length };
  }
  return null;
}

function frontier(scene, shown) {
  const width = 348, height = 260, left = 40, floor = height - 34;
  const points = scene.policies.map(({ policy, efficiency, minutes_late }) => ({ name: policy, x: efficiency, y: minutes_late }));
  const high = Math.max(10, ...points.map(point => point.y)) * 1.3;
  const spread = value => Math.log10(1 + value);
  const x = linear(0, 1, left, width - 8), up = linear(0, spread(high), floor, 16), y = value => up(spread(value));
  const drawing = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Late minutes against efficiency" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    drawing.append(element("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 16, y2: floor }));
    drawing.append(element("text", { x: x(tick), y: floor + 14, "text-anchor": "middle" }, String(tick)));
  }
  for (const tick of [0, 1, 10, 100, 1000].filter(one => one <= high)) {
    drawing.append(element("line", { class: "grid", x1: left, x2: width - 8, y1: y(tick), y2: y(tick) }));
    drawing.append(element("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
  }
  drawing.append(element("text", { x: width - 8, y: height - 4, "text-anchor": "end" }, "efficiency →"));
  drawing.append(element("text", { x: 2, y: height - 4 }, "late, min ↑"));
  const dots = points.map(point => ({ ...point, at: [x(point.x), y(point.y)] }));
  const taken = dots.map(({ at }) => [at[0] - 5, at[1] - 5, at[0] + 5, at[1] + 5]);
  for (const { name, at } of dots) {
    const className = shown.includes(name) ? " shown" : "";
    drawing.append(element("circle", { class: `dot${className}`, cx: at[0], cy: at[1], r: 5 }));
    const place = roomFor(name, at, taken, [left, 2, width, floor + 2]);
    if (!place) continue;
    taken.push(place.box);
    drawing.append(element("text", { class: `dot-label${className}`, x: place.box[0], y: place.box[3] - 3 }, name));
    if (place.far) drawing.append(element("line", { class: "axis", x1: at[0], y1: at[1], x2: place.box[0] - 2, y2: place.box[3] - 6 }));
  }
  const caption = html("figcaption", "", "Punctual and busy is to the right and below");
  caption.append(html("small", "", "Mean of the seeds; the scale of minutes is logarithmic"));
  return [caption, drawing];
}
