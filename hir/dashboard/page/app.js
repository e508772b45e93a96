// The dashboard's page: asks for what is new every two seconds, draws curves, shows responses.
"use strict";

const POLL_MS = 2000;
const MARKS = { pass: "✓ met", fail: "✗ failed", undecidable: "? undecidable" };

// One figure each: the metrics it draws, by the names of docs/metrics.md.
const CURVES = [
  { title: "Reward density", keys: ["reward_density"], digits: 3 },
  { title: "Constraints met (CLA)", keys: ["constraint_accuracy"], digits: 3 },
  { title: "Held-out prompts met", evals: ["prompt_strict", "instruction_strict"],
    names: ["prompts", "constraints"], digits: 3 },
  { title: "Curriculum λ", keys: ["hindsight/lambda"], names: ["λ"], formula: lambdaOf, digits: 3 },
  { title: "Replayed failures", keys: ["hindsight/replayed", "hindsight/eligible"],
    names: ["replayed", "eligible"], digits: 0 },
  { title: "Constraints removed", keys: ["hindsight/constraints_removed_mean"], digits: 2 },
  { title: "Entropy of a token, nats", keys: ["actor/entropy"], digits: 3 },
  { title: "KL to the start, nats", keys: ["actor/kl"], digits: 4 },
  { title: "Clipped tokens", keys: ["actor/pg_clipfrac_original", "actor/pg_clipfrac_replayed"],
    names: ["original", "replayed"], digits: 4 },
  { title: "Gradient norm", keys: ["actor/grad_norm"], digits: 3 },
  { title: "Tokens of a response", keys: ["response_length/mean"], digits: 1 },
  { title: "Tokens a second", keys: ["perf/throughput"], digits: 0 },
];

// The first run is looked at, the second compared.
const runs = [];
let records = [];   // Responses of the chosen step.
let chosen = null;  // The record that is shown: the first one, or that
let picked = false; // which somebody chose.

const at = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "path", "line", "text"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag)
                      : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function get(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

const round = (value, digits) =>
  value === undefined || value === null ? "–" : Number(value).toFixed(digits);

// lambda_0 (1 + eta)^step, up to its cap, of a run's configuration.
function lambdaOf(run, step) {
  const field = (name, otherwise) => {
    const found = new RegExp(`^\\s+${name}:\\s*([-+.eE0-9]+)`, "m").exec(run.config);
    return found ? Number(found[1]) : otherwise;
  };
  const value = field("initial_weight", 2) * (1 + field("weight_growth", 0.05)) ** step;
  return Math.min(value, field("max_weight", 1e6));
}

// ---- Curves.

// [{points: [[step, value], ...], style, name}, ...]
function seriesOf(curve) {
  const series = [];
  runs.forEach((run, index) => {
    (curve.keys ?? curve.evals).forEach((key, i) => {
      const lines = curve.evals ? run.evals : run.metrics;
      const points = lines.filter((line) => typeof line[key] === "number")
                          .map((line) => [line.step, line[key]]);
      const style = (i === 0 ? "first" : "second") + (index > 0 ? " compared" : "");
      const name = [curve.names?.[i], runs.length > 1 ? run.name : null].filter(Boolean).join(" · ");
      if (points.length > 0) series.push({ points, style, name });
    });
  });
  if (curve.formula && runs[0].metrics.length > 0) {
    const points = runs[0].metrics.map((line) => [line.step, curve.formula(runs[0], line.step)]);
    series.push({ points, style: "formula", name: "its formula" });
  }
  return series;
}

const WIDTH = 320, HEIGHT = 150, LEFT = 44, RIGHT = 8, TOP = 8, BOTTOM = 18;

function scaleOf(series) {
  const all = series.flatMap((each) => each.points);
  const steps = all.map(([step]) => step), values = all.map(([, value]) => value);
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) { low -= Math.abs(low) * 0.1 || 0.5; high += Math.abs(high) * 0.1 || 0.5; }
  const first = Math.min(...steps), last = Math.max(Math.max(...steps), first + 1);
  return {
    low, high, first, last,
    x: (step) => LEFT + (step - first) / (last - first) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
  };
}

function draw(curve) {
  const series = seriesOf(curve);
  const latest = series[0]?.points.at(-1)?.[1];
  curve.value.textContent = series.length > 0 ? round(latest, curve.digits) : "";
  if (series.length === 0) {
    curve.box.replaceChildren(make("p", { class: "empty" }, "nothing recorded yet"));
    return;
  }
  const scale = scaleOf(series);
  const label = `${curve.title}: ${series[0].points.length} values, ` +
                `from ${round(series[0].points[0][1], curve.digits)} to ${round(latest, curve.digits)}`;
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: "0", "aria-label": label });
  for (const value of [scale.low, scale.high]) {
    svg.append(make("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: scale.y(value), y2: scale.y(value) }),
               make("text", { class: "tick", x: LEFT - 4, y: scale.y(value) + 3, "text-anchor": "end" },
                    round(value, curve.digits)));
  }
  svg.append(make("text", { class: "tick", x: LEFT, y: HEIGHT - 5 }, String(scale.first)),
             make("text", { class: "tick", x: WIDTH - RIGHT, y: HEIGHT - 5, "text-anchor": "end" },
                  `step ${scale.last}`));
  for (const { points, style } of series) {
    const path = points.map(([step, value], i) => `${i ? "L" : "M"}${scale.x(step).toFixed(1)} ${scale.y(value).toFixed(1)}`);
    svg.append(make("path", { class: `curve ${style}`, d: path.join("") }));
  }
  const cursor = make("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const legend = make("p", { class: "legend", "aria-live": "polite" });
  svg.append(cursor);

  // The legend, with the values at a step when one is pointed at.
  const steps = [...new Set(series.flatMap((each) => each.points.map(([step]) => step)))].sort((a, b) => a - b);
  let position = null;
  const point = (index) => {
    position = index;
    const step = steps[index];
    cursor.setAttribute("visibility", step === undefined ? "hidden" : "visible");
    if (step !== undefined) {
      cursor.setAttribute("x1", scale.x(step));
      cursor.setAttribute("x2", scale.x(step));
    }
    const parts = step === undefined ? [] : [`step ${step}`];
    for (const { points, style, name } of series) {
      const value = points.find(([each]) => each === step)?.[1];
      if (step === undefined && !name) continue;
      const text = [name, step === undefined ? "" : round(value, curve.digits)].join(" ");
      parts.push(make("span", { class: "entry" }, make("span", { class: `key ${style}` }), text));
    }
    legend.replaceChildren(...parts);
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * WIDTH;
    const near = (index) => Math.abs(scale.x(steps[index]) - x);
    point(steps.reduce((best, _, index) => (near(index) < near(best) ? index : best), 0));
  });
  svg.addEventListener("pointerleave", () => point(undefined));
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    point(Math.max(0, Math.min(steps.length - 1, (position ?? (move > 0 ? -1 : steps.length)) + move)));
  });
  svg.addEventListener("blur", () => point(undefined));
  point(undefined);
  curve.box.replaceChildren(svg, legend);
}

function setUpCurves() {
  for (const curve of CURVES) {
    curve.value = make("span");
    curve.box = make("div");
    at("curves").append(make("figure", {}, make("figcaption", {}, curve.title, curve.value), curve.box));
  }
}

// ---- Where it stands.

function showFigures() {
  const [run, other] = runs;
  const last = (each, key) => each?.metrics.at(-1)?.[key];
  const wanted = [["Step", "step", 0], ["Reward density", "reward_density", 3],
                  ["Constraints met", "constraint_accuracy", 3], ["λ", "hindsight/lambda", 2],
                  ["Replayed", "hindsight/replayed", 0], ["Seconds a step", "timing_s/step", 1]];
  at("figures").replaceChildren(...wanted.map(([title, key, digits]) => {
    const value = make("dd", {}, round(last(run, key), digits));
    if (other) value.append(make("small", {}, `${other.name}: ${round(last(other, key), digits)}`));
    return make("div", {}, make("dt", {}, title), value);
  }));
}

// ---- Responses.

const verdicts = (record) => record.constraints.map((constraint) => constraint.verdict);

const SHOWS = {
  all: () => true,
  replayed: (record) => record.replayed,
  met: (record) => verdicts(record).every((verdict) => verdict === "pass"),
  failed: (record) => verdicts(record).includes("fail"),
  undecidable: (record) => verdicts(record).includes("undecidable"),
};

function filtered() {
  const kind = at("kind").value, text = at("text").value.toLowerCase();
  return records.filter((record) =>
    SHOWS[at("show").value](record) &&
    (!kind || record.constraints.some((constraint) => constraint.kind === kind)) &&
    (!text || `${record.question}\n${record.text}`.toLowerCase().includes(text)));
}

function showList() {
  const shown = filtered();
  at("count").textContent = `${shown.length} of ${records.length} responses`;
  at("list").replaceChildren(...shown.map((record) => {
    const met = verdicts(record).filter((verdict) => verdict === "pass").length;
    const facts = make("span", { class: "facts" }, `${met} of ${record.constraints.length} met`);
    if (record.replayed) facts.append(" · ", make("span", { class: "tag" }, "replayed"));
    const button = make("button", { type: "button", "aria-current": String(record === chosen) },
                        make("span", { class: "question" }, record.question), facts);
    button.addEventListener("click", () => {
      picked = true;
      choose(record);
    });
    return make("li", {}, button);
  }));
}

function constraintItem(constraint, index, record) {
  const item = make("li", {},
    make("span", { class: `mark ${constraint.verdict}` }, MARKS[constraint.verdict]),
    constraint.text || constraint.kind, " ", make("code", {}, constraint.kind));
  if (constraint.reason) item.append(make("div", { class: "hint" }, constraint.reason));
  if (record.dropped_constraints?.includes(index)) item.append(" ", make("span", { class: "tag" }, "dropped for replay"));
  return item;
}

// What was said, its reasoning in softer type.
function said(record) {
  const mark = record.reasoning_end, at = mark ? record.text.lastIndexOf(mark) : -1;
  const answer = !mark ? 0 : at < 0 ? record.text.length : at + mark.length;
  return make("p", { class: "said" }, make("span", { class: "reasoning" }, record.text.slice(0, answer)),
              record.text.slice(answer) || (answer ? "" : "(empty)"));
}

function responseTitle(record) {
  return ["Response", record.finish_reason === "length" ? "cut at the limit" : "",
          record.reasoning_ended === false ? "its reasoning never ended" : ""].filter(Boolean).join(", ");
}

function choose(record) {
  chosen = record;
  const parts = [
    make("h3", {}, "Instruction"), make("p", { class: "said" }, record.question),
    make("h3", {}, "Constraints"),
    make("ul", { class: "constraints" }, ...record.constraints.map((constraint, i) => constraintItem(constraint, i, record))),
    make("h3", {}, responseTitle(record)), said(record),
  ];
  if (record.replayed) {
    parts.push(make("h3", {}, "Replayed as a success of"), make("p", { class: "said" }, record.rewritten_instruction),
               make("p", { class: "hint" }, `score ${round(record.score, 3)} = diversity ${round(record.diversity_nats, 3)} nats + λ × integrity ${round(record.integrity, 3)}`));
  }
  parts.push(make("p", { class: "hint" }, `task ${record.task}, sample ${record.sample}, drawn with version ${record.policy_version}`));
  at("detail").replaceChildren(...parts);
  showList();
}

async function loadStep() {
  const step = at("step").value;
  records = step ? await get(`/api/runs/0/rollouts/${step}`) : [];
  picked = false;
  const kinds = [...new Set(records.flatMap((record) => record.constraints.map((constraint) => constraint.kind)))].sort();
  const kept = kinds.includes(at("kind").value) ? at("kind").value : "";
  at("kind").replaceChildren(make("option", { value: "" }, "any kind"),
                             ...kinds.map((kind) => make("option", { value: kind }, kind)));
  at("kind").value = kept;
  const first = filtered()[0] ?? records[0];
  if (first) {
    choose(first);
  } else {
    at("detail").replaceChildren(make("p", { class: "hint" }, "No responses yet."));
    showList();
  }
}

// Adds new steps; goes on to the newest when that was chosen.
async function offerSteps(steps) {
  const select = at("step");
  const known = [...select.options].map((option) => Number(option.value));
  if (steps.length === known.length) return;
  const followed = known.length === 0 || (Number(select.value) === known.at(-1) && !picked);
  for (const step of steps.slice(known.length)) select.append(make("option", { value: step }, String(step)));
  if (followed) {
    select.value = String(steps.at(-1));
    await loadStep();
  }
}

function setUpResponses() {
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("step").addEventListener("change", () => loadStep().catch(tell));
  for (const id of ["show", "kind", "text"]) at(id).addEventListener("input", showList);
  at("list").addEventListener("keydown", (event) => {
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const buttons = [...at("list").querySelectorAll("button")];
    const next = buttons.indexOf(document.activeElement) + move;
    if (!buttons[next]) return;
    buttons[next].click();
    at("list").querySelectorAll("button")[next].focus();
  });
}

// ---- The loop.

function tell(error) {
  at("state").className = "broken";
  at("state").textContent = `Can't read the run: ${error.message}`;
}

// True: something is new.
async function refresh(run, index) {
  const news = await get(`/api/runs/${index}?after=${run.metrics.at(-1)?.step ?? 0}`);
  const changed = news.metrics.length > 0 || news.evals.length !== run.evals.length || !run.config;
  run.metrics.push(...news.metrics);
  run.evals = news.evals;
  run.config = news.config;
  if (index === 0) await offerSteps(news.rollout_steps);
  return changed;
}

async function poll() {
  try {
    const changed = (await Promise.all(runs.map(refresh))).some(Boolean);
    if (changed) {
      CURVES.forEach(draw);
      showFigures();
    }
    const step = runs[0].metrics.at(-1)?.step;
    at("state").className = "";
    at("state").textContent = step === undefined ? "No step is finished yet; this page follows the run."
                                                 : `Step ${step}; this page follows the run.`;
  } catch (error) {
    tell(error);
  }
  setTimeout(poll, POLL_MS);
}

async function start() {
  setUpCurves();
  setUpResponses();
  try {
    for (const name of await get("/api/runs")) runs.push({ name, metrics: [], evals: [], config: "" });
  } catch (error) {
    tell(error);
    return;
  }
  document.title = `${runs[0].name} – HiR`;
  at("run-name").textContent = runs[0].name;
  if (runs[1]) at("other-name").textContent = `beside ${runs[1].name}`;
  await poll();
}

start();
