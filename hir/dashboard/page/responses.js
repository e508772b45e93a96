// Shows a step's responses: a list with filters, and the chosen response.

const MARKS = { pass: "✓ met", fail: "✗ failed", undecidable: "? undecidable" };

let records = [];   // Responses of the chosen step.
let chosen = null;  // The record shown: the first one, or that
let picked = false; // which somebody chose.
let failed = false; // Whether the chosen step could not be read.

// Completes a line of rollouts/, in which an older version or a manual edit may have left fields out.
function readable(record) {
  const list = (value) => (Array.isArray(value) ? value : []);
  return { ...record, question: String(record.question ?? ""), text: String(record.text ?? ""),
           constraints: list(record.constraints).filter((constraint) => constraint?.kind),
           dropped_constraints: list(record.dropped_constraints) };
}

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
    make("span", { class: `mark ${constraint.verdict}` }, MARKS[constraint.verdict] ?? "? no verdict"),
    constraint.text || constraint.kind, " ", make("code", {}, constraint.kind));
  if (constraint.reason) item.append(make("div", { class: "hint" }, constraint.reason));
  if (record.dropped_constraints.includes(index)) item.append(" ", make("span", { class: "tag" }, "dropped for replay"));
  return item;
}

// The text of a response, its reasoning in softer type.
function said(record) {
  const mark = record.reasoning_end, end = mark ? record.text.lastIndexOf(mark) : -1;
  const answer = !mark ? 0 : end < 0 ? record.text.length : end + mark.length;
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
    parts.push(make("h3", {}, "Replayed as a success of"), make("p", { class: "said" }, record.rewritten_instruction ?? ""),
               make("p", { class: "hint" }, `score ${number(record.score, 3)} = diversity ${number(record.diversity_nats, 3)} nats + λ × integrity ${number(record.integrity, 3)}`));
  }
  parts.push(make("p", { class: "hint" }, `task ${record.task}, sample ${record.sample}, drawn with version ${record.policy_version}`));
  at("detail").replaceChildren(...parts);
  showList();
}

// Shown instead of a response.
function notice(text, kind) {
  chosen = null;
  at("detail").replaceChildren(make("p", { class: kind }, text));
  showList();
}

function offerKinds() {
  const kinds = [...new Set(records.flatMap((record) => record.constraints.map((constraint) => constraint.kind)))].sort();
  const kept = kinds.includes(at("kind").value) ? at("kind").value : "";
  at("kind").replaceChildren(make("option", { value: "" }, "any kind"),
                             ...kinds.map((kind) => make("option", { value: kind }, kind)));
  at("kind").value = kept;
}

// Shows the responses of `step` and selects the step once they have loaded; until then the page shows the previous
// step.
async function loadStep(step = at("step").value) {
  const before = at("step").value;
  let found = [], failure = null;
  try {
    if (step) found = (await source.rollouts(step)).map(readable);
  } catch (error) {
    failure = error;
  }
  // Meanwhile the user chose another step, whose answer counts instead, or a response of this one.
  if (at("step").value !== before || (step !== before && picked)) return;
  at("step").value = step;
  records = found;
  picked = false;
  failed = failure !== null;
  offerKinds();
  const first = filtered()[0] ?? records[0];
  if (first) choose(first);
  else if (failed) notice(`Can't read the responses of step ${step}: ${failure.message}`, "broken");
  else notice("No responses yet.", "hint");
}

// Adds new steps; advances to the newest if the newest was chosen. Retries what could not be read.
async function offerSteps(steps) {
  const select = at("step");
  const known = [...select.options].map((option) => Number(option.value));
  const news = steps.slice(known.length);
  const follows = known.length === 0 || (Number(select.value) === known.at(-1) && !picked);
  for (const step of news) select.append(make("option", { value: step }, String(step)));
  if (follows && news.length > 0) await loadStep(String(news.at(-1)));
  else if (failed) await loadStep();
}

function setUpResponses() {
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("step").addEventListener("change", () => loadStep());
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
