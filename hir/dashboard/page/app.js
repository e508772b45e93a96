// The page of a run. When served, it polls for new data every two seconds; as a report, it contains its data.

const POLL_MS = 2000;

// The first run is shown, the second one is compared with it.
const runs = [];

const at = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// `value` with this many digits after the point, or in a shorter form if it is very small or large.
function number(value, digits) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e6) return short(value);
  if (value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits) return value.toExponential(1);
  return value.toFixed(digits);
}

// ---- Where the data come from.

async function get(path) {
  const answer = await fetch(path).catch(() => {
    throw new Error("`hir dashboard` does not answer; it may have ended.");
  });
  const body = await answer.json().catch(() => ({ error: `the answer ${answer.status} to ${path} is not JSON.` }));
  if (body.error) throw new Error(body.error);
  return body;
}

const served = {
  names: () => get("/api/runs"),
  overview: (index, after) => get(`/api/runs/${index}?after=${after}`),
  rollouts: (step) => get(`/api/runs/0/rollouts/${step}`),
};

const report = at("report") && JSON.parse(at("report").textContent);

const inlined = {
  names: async () => [report.run.name],
  overview: async () => report.run,
  rollouts: async (step) => report.rollouts[step],
};

const source = report ? inlined : served;

// ---- Where the run is.

function figureOf({ title, key, digits, over }) {
  const [run, other] = runs;
  const latest = (each) => number(each.metrics.at(-1)?.[key], digits);
  const value = make("dd", {}, latest(run));
  const values = run.metrics.map((record) => record[key]).filter(Number.isFinite);
  if (over && values.length > 1) value.append(make("small", {}, over(values, digits)));
  if (other) value.append(make("small", {}, `${other.name}: ${latest(other)}`));
  return make("div", {}, make("dt", {}, title), value);
}

// Before and after on held-out prompts, from comparison.json.
function comparisonFigure({ metric, before, after, low, high }, prompts) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const points = (share) => (share < 0 ? "−" : "+") + Math.abs(100 * share).toFixed(1);
  const verdict = low <= 0 && high >= 0 ? "could be noise" : "more than noise";
  return make("div", {}, make("dt", {}, `${metric}, before → after`),
    make("dd", {}, `${percent(before)} → ${percent(after)}`,
      make("small", {}, `${points(after - before)} points, 95 % interval [${points(low)}, ${points(high)}] ` +
                        `over the same ${prompts} prompts: ${verdict}`)));
}

function showFigures() {
  const { comparisons, prompts } = runs[0].comparison ?? {};
  const complete = (each) => [each?.before, each?.after, each?.low, each?.high].every(Number.isFinite);
  at("figures").replaceChildren(...FIGURES.map(figureOf));
  at("comparison").replaceChildren(...(Array.isArray(comparisons) ? comparisons : []).filter(complete)
    .map((each) => comparisonFigure(each, prompts)));
}

function tell(text, kind = "") {
  at("state").className = kind;
  if (at("state").textContent !== text) at("state").textContent = text;
}

function tellStep() {
  const step = runs[0].metrics.at(-1)?.step;
  if (report) tell(step === undefined ? "A report before the first step." : `A report, as of step ${step}.`);
  else tell(step === undefined ? "No step is finished yet; this page follows the run."
                               : `Step ${step}; this page follows the run.`);
}

// ---- Light and dark.

function setUpTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = () => {
    at("theme").textContent = dark() ? "☀ Light look" : "☾ Dark look";
    recolour();
  };
  // Browsers may have no storage for files, or none at all.
  try {
    const kept = localStorage.getItem("hir-theme");
    if (kept) root.dataset.theme = kept;
  } catch {}
  at("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try {
      localStorage.setItem("hir-theme", root.dataset.theme);
    } catch {}
    show();
  });
  system.addEventListener("change", show);
  show();
}

// ---- The loop.

// Whether there is anything new.
async function refresh(run, index) {
  const news = await source.overview(index, run.metrics.at(-1)?.step ?? 0);
  const changed = !run.known || news.metrics.length > 0 || news.evals.length !== run.evals.length ||
                  (news.comparison !== null) !== (run.comparison !== null);
  run.known = true;
  run.metrics.push(...news.metrics);
  run.evals = news.evals;
  run.comparison = news.comparison;
  if (index === 0) {
    at("config").textContent = news.config;
    await offerSteps(news.rollout_steps);
  }
  return changed;
}

// Shows new data of the runs that can be read, and names one that can't.
async function update() {
  const outcomes = await Promise.allSettled(runs.map(refresh));
  if (outcomes.some(({ value }) => value)) {
    drawAll();
    showFigures();
  }
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed) tell(`Can't read the run: ${failed.reason.message}`, "broken");
  else tellStep();
}

async function follow() {
  await update();
  setTimeout(follow, POLL_MS);
}

async function start() {
  setUpCurves();
  setUpResponses();
  setUpTheme();
  try {
    for (const name of await source.names()) runs.push({ name, metrics: [], evals: [], comparison: null, known: false });
  } catch (error) {
    tell(`Can't read the run: ${error.message}`, "broken");
    return;
  }
  document.title = `${runs[0].name} – HiR`;
  at("run-name").textContent = runs[0].name;
  if (runs[1]) at("other-name").textContent = `beside ${runs[1].name}`;
  if (!report) return follow();
  if (report.left_out) at("left-out").textContent = report.left_out;
  await update();
}

start();
