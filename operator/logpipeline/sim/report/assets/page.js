// What is looked at: scene, policies, stage, seed and time; and what the pointer tells.

const scenes = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const unique = values => [...new Set(values)];
const view = { scene: scenes[0], policies: [], stage: "", seed: 0, range: null };
const tip = byId("tip");
const TELLING = ["keda", "clairvoyant"];  // beside the first one, until others are chosen: who is usual, and what is possible
let charts = [];

function enter(scene) {
  const names = unique(scene.runs.map(run => run.policy));
  const room = window.innerWidth >= 1500 ? 3 : 2;
  const telling = unique([names[0], ...TELLING.filter(name => names.includes(name)), ...names]).slice(0, room);
  const kept = names.filter(name => view.policies.includes(name));
  const policies = kept.length ? kept : names.filter(name => telling.includes(name));
  Object.assign(view, { scene, policies, stage: busiest(scene), seed: scene.runs[0]?.seed, range: [0, scene.seconds] });
  document.querySelectorAll(".scene").forEach(section => { section.hidden = section.dataset.scene !== scene.name; });
  show();
}

// The stage in which records waited longest is the one to look at first.
function busiest(scene) {
  if (!scene.runs.length) return "";
  const worst = name => Math.max(...scene.runs.flatMap(run => run.stages[name].age));
  return scene.stages.reduce((best, name) => worst(name) > worst(best) ? name : best);
}

function pills(id, names, isOn, press, least = 2) {
  const box = byId(id);
  (id === "scenes" ? box : box.parentElement).hidden = names.length < least;
  box.replaceChildren(...names.map(name => {
    const pill = html("button", "pill", String(name));
    pill.type = "button";
    pill.setAttribute("aria-pressed", isOn(name));
    pill.addEventListener("click", () => { press(name); });
    return pill;
  }));
}

function toggle(policy) {
  const on = view.policies.includes(policy);
  if (!view.scene.runs.length || (on && view.policies.length === 1)) return;
  const names = unique(view.scene.runs.map(run => run.policy));
  view.policies = names.filter(name => name === policy ? !on : view.policies.includes(name));
  show();
}

function show() {
  const { scene } = view;
  pills("scenes", scenes.map(one => one.name), name => name === scene.name, name => enter(scenes.find(one => one.name === name)));
  pills("policies", unique(scene.runs.map(run => run.policy)), name => view.policies.includes(name), toggle, 1);
  pills("stages", scene.stages ?? [], name => name === view.stage, name => { view.stage = name; show(); });
  pills("seeds", unique(scene.runs.map(run => run.seed)), seed => seed === view.seed, seed => { view.seed = seed; show(); });
  byId("controls").hidden = !scene.runs.length;
  byId("whole").hidden = view.range[0] === 0 && view.range[1] === scene.seconds;
  const section = document.querySelector(`.scene[data-scene="${CSS.escape(scene.name)}"]`);
  section.querySelector(".frontier").replaceChildren(...frontier(scene, view.policies));
  section.querySelectorAll("tr[data-policy]").forEach(row => { row.classList.toggle("shown", view.policies.includes(row.dataset.policy)); });
  draw();
}

function draw() {
  const { scene, stage } = view;
  if (!scene.runs.length) { charts = []; byId("columns").replaceChildren(); return; }
  const stages = scene.runs.map(run => run.stages[stage]);
  const reaches = PANELS.map(panel => Math.max(...stages.map(one => panel.reach(one, scene))));
  charts = [];
  const runs = view.policies.map(policy => scene.runs.find(run => run.policy === policy && run.seed === view.seed)).filter(Boolean);
  const columns = runs.map(run => column(run));
  byId("columns").replaceChildren(...columns.map(one => one.card));
  for (const { run, card, panels } of columns) {
    const width = Math.max(260, card.clientWidth - 28);
    PANELS.forEach((panel, place) => {
      const chart = new Chart(panel, scene, view.range, reaches[place], width);
      const drawing = chart.svg(run.stages[stage], run.policy);
      panels[place].append(drawing);
      charts.push({ chart, drawing, run, stage: run.stages[stage], value: panels[place].querySelector("span") });
      listen(drawing, chart, run);
    });
  }
}

function column(run) {
  const card = html("article", "column card"), stage = run.stages[view.stage], { figures } = run;
  const told = html("div", "told");
  const facts = [
    [`${+figures.minutes_late.toFixed(1)} min`, "late"], [figures.efficiency.toFixed(2), "efficient"],
    [count(Math.round(figures.replica_hours)), "replica-hours"], [figures.rebalances, "rebalances"],
  ];
  facts.forEach(([value, name], place) => { told.append(place ? " · " : "", html("b", "", String(value)), ` ${name}`); });
  card.append(html("header", "", html("h3", "", run.policy), told));
  const panels = PANELS.map(panel => html("div", "panel", html("h4", "", panel.heading, html("span"))));
  card.append(...panels, decisions(stage));
  return { run, card, panels };
}

function decisions(stage) {
  const list = html("ul", "decisions"), box = html("details", "", html("summary", "", `${stage.changes.length} decisions`), list);
  box.addEventListener("toggle", () => {
    if (!box.open || list.childElementCount) return;
    list.append(...stage.changes.map(([at, before, after, line]) => html("li", "",
      html("time", "", clock(view.scene.begins + at)), html("b", "", `${before}→${after}`), html("span", "", line || ""))));
  });
  return box;
}

// The pointer: one moment in all charts, the decision that is near, and a part to look closer at.

function listen(drawing, chart, run) {
  let begun = null;
  const place = event => {
    const box = drawing.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * chart.width;
    return Math.min(view.range[1], Math.max(view.range[0], chart.x.back(x)));
  };
  drawing.addEventListener("pointerdown", event => { if (event.pointerType === "mouse" && event.button === 0) begun = place(event); });
  drawing.addEventListener("pointermove", event => { point(place(event), chart, run, event, begun); });
  drawing.addEventListener("pointerleave", () => { begun = null; leave(); });
  drawing.addEventListener("pointerup", event => {
    const [from, to] = [begun ?? 0, place(event)].sort((one, other) => one - other);
    if (begun !== null && to - from > (view.range[1] - view.range[0]) / 100) { view.range = [from, to]; leave(); show(); }
    begun = null;
  });
  drawing.addEventListener("dblclick", whole);
}

function whole() { view.range = [0, view.scene.seconds]; leave(); show(); }

function point(at, chart, run, event, begun) {
  const place = placeOf(view.scene.at, at);
  for (const one of charts) {
    const x = one.chart.x(at), over = one.drawing.querySelector(".over");
    over.replaceChildren(element("line", { class: "cross", x1: x, x2: x, y1: TOP, y2: one.chart.height - BOTTOM }));
    if (begun !== null) {
      const [from, to] = [one.chart.x(begun), x].sort((first, second) => first - second);
      over.append(element("rect", { class: "brush", x: from, y: TOP, width: to - from, height: one.chart.height - BOTTOM - TOP }));
    }
    one.value.textContent = one.chart.panel.tell(one.stage, place, at);
  }
  const stage = run.stages[view.stage], near = nearest(stage.changes, at, chart);
  if (near && chart.panel.id === "replicas") {
    const own = charts.find(one => one.chart === chart);
    own.drawing.querySelector(".over").append(element("circle", { class: "near", cx: chart.x(near[0]), cy: chart.y(near[2]), r: 7 }));
  }
  tell(at, chart.panel.id === "replicas" ? near : null, stage, event);
}

function nearest(changes, at, chart) {
  let best = null;
  for (const change of changes) {
    const far = Math.abs(chart.x(change[0]) - chart.x(at));
    if (far <= 8 && (!best || far <= Math.abs(chart.x(best[0]) - chart.x(at)))) best = change;
  }
  return best;
}

function tell(at, change, stage, event) {
  const when = clock(view.scene.begins + (change ? change[0] : at));
  const first = html("p", "", html("b", "", change ? `${when} · ${change[1]}→${change[2]}` : when));
  if (!change) first.append(` · needed ${stage.needed[placeOf(view.scene.at, at)]}, asked for ${countAt(stage.wanted, at)}, ready ${countAt(stage.ready, at)}`);
  const parts = [first];
  if (change && change[3]) parts.push(html("p", "", change[3]));
  if (change && change[4] && change[4].length) {
    const rules = html("dl");
    for (const [rule, value] of change[4]) rules.append(html("dt", "", rule), html("dd", "", value));
    parts.push(rules);
  }
  tip.replaceChildren(...parts);
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.min(event.clientX + 16, window.innerWidth - box.width - 10)}px`;
  tip.style.top = `${event.clientY + 18 + box.height > window.innerHeight ? event.clientY - box.height - 14 : event.clientY + 18}px`;
}

function leave() {
  tip.hidden = true;
  for (const one of charts) { one.drawing.querySelector(".over").replaceChildren(); one.value.textContent = ""; }
}

const darkness = window.matchMedia("(prefers-color-scheme: dark)");
const paint = dark => { document.documentElement.dataset.theme = dark ? "dark" : "light"; };
paint(darkness.matches);
darkness.addEventListener("change", event => { paint(event.matches); });
byId("theme").addEventListener("click", () => { paint(document.documentElement.dataset.theme !== "dark"); });
byId("whole").addEventListener("click", whole);
document.querySelectorAll("tr[data-policy]").forEach(row => row.addEventListener("click", () => { toggle(row.dataset.policy); }));
let width = window.innerWidth;
window.addEventListener("resize", () => { if (window.innerWidth !== width) { width = window.innerWidth; draw(); } });
enter(scenes[0]);
