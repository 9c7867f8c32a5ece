// Late minutes against efficiency: who is punctual, and who is cheap.

function frontier(scene, shown) {
  const width = 348, height = 196, left = 40, floor = height - 34;
  const names = [...new Set(scene.runs.map(run => run.policy))];
  const mean = (policy, figure) => {
    const runs = scene.runs.filter(run => run.policy === policy);
    return runs.reduce((sum, run) => sum + run.figures[figure], 0) / runs.length;
  };
  const points = names.map(name => ({ name, x: mean(name, "efficiency"), y: mean(name, "minutes_late") }));
  const high = Math.max(10, ...points.map(point => point.y));
  const spread = value => Math.log10(1 + value);
  const x = linear(0, 1, left, width - 8), up = linear(0, spread(high * 1.3), floor, 12), y = value => up(spread(value));
  const drawing = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Late minutes against efficiency" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    drawing.append(element("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 12, y2: floor }));
    drawing.append(element("text", { x: x(tick), y: floor + 14, "text-anchor": "middle" }, String(tick)));
  }
  for (const tick of [0, 1, 10, 100, 1000].filter(one => one <= high * 1.3)) {
    drawing.append(element("line", { class: "grid", x1: left, x2: width - 8, y1: y(tick), y2: y(tick) }));
    drawing.append(element("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
  }
  drawing.append(element("text", { x: width - 8, y: height - 4, "text-anchor": "end" }, "efficiency →"));
  drawing.append(element("text", { x: 2, y: height - 4 }, "late, min ↑"));
  const taken = [];
  for (const point of points.sort((one, other) => one.y - other.y)) {
    const place = { x: x(point.x), y: y(point.y) };
    const toLeft = place.x > width * 0.62;
    let label = place.y - 5;
    while (taken.some(one => Math.abs(one.y - label) < 11 && Math.abs(one.x - place.x) < 95)) label -= 11;
    taken.push({ x: place.x, y: label });
    const className = shown.includes(point.name) ? " shown" : "";
    drawing.append(
      element("circle", { class: `dot${className}`, cx: place.x, cy: place.y, r: 5 }),
      element("text", { class: `dot-label${className}`, x: place.x + (toLeft ? -8 : 8), y: label, "text-anchor": toLeft ? "end" : "start" }, point.name),
    );
  }
  const caption = html("figcaption", "", "Punctual and busy is to the right and below");
  caption.append(html("small", "", "Mean of the seeds; the scale of minutes is logarithmic"));
  return [caption, drawing];
}
