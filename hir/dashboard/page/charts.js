// The curves: a uPlot chart for each entry of CURVES that has values. They share the cursor and the zoom: pointing at a
// step or zooming in one chart applies to all.

// Same width for every chart, so that the plots of a column are aligned.
const AXIS_WIDTH = 52;
const WHOLE_STEPS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((power) => [power, 2 * power, 5 * power]);

// The state of the controls. `zoom` is [first, last] step, null for all; `smoothing` is the weight of the past,
// 0..0.99.
const view = { zoom: null, smoothing: 0, logarithmic: false };
const charts = [];

// A short form of a value, for an axis.
function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (size > 0 && size < 1e-3) return Number(value.toPrecision(2)).toExponential();
  return String(Number(value.toPrecision(4)));
}

const colours = new Map();

// A colour of style.css by its name, in the form for a canvas.
function colour(name) {
  if (!colours.has(name)) {
    at("probe").style.color = `var(--${name})`;
    colours.set(name, getComputedStyle(at("probe")).color);
  }
  return colours.get(name);
}

// Rounded outwards to one digit, where uPlot's ticks start.
function logarithmicRange(low, high) {
  const [down, up] = [low, high].map((value) => 10 ** Math.floor(Math.log10(value)));
  const first = Math.floor(low / down) * down, last = Math.ceil(high / up) * up;
  return [first, last > first ? last : last + up];
}

function rangeOf({ curve, logarithmic }, low, high) {
  if (low === null) return logarithmic ? [1, 10] : [0, 1];
  if (logarithmic) return logarithmicRange(low, high);
  if (low === high) {
    const margin = Math.abs(low) * 0.1 || 1;
    return [curve.zero && low >= 0 ? 0 : low - margin, high + margin];
  }
  const edge = { pad: 0.08, soft: 0, mode: curve.zero ? 1 : 3 };
  return uPlot.rangeNum(low, high, { min: edge, max: edge });
}

// Which ticks of a logarithmic axis are labelled: all if they are few, else 1, 2 and 5, else powers of ten.
function labelled(ticks) {
  const decades = Math.log10(ticks.at(-1) / ticks[0]);
  const leads = ticks.length <= 6 ? null : decades < 2 ? [1, 2, 5] : [1];
  const lead = (tick) => Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9));
  return ticks.map((tick) => (leads === null || leads.includes(lead(tick)) ? tick : null));
}

function columnsOf(curve, line) {
  const dash = line.compared ? [6, 4] : undefined;
  const values = () => colour(smooths(curve) ? `${line.style}-faint` : line.style);
  const average = () => colour(line.style);
  // Part of the y range; drawIntervals() draws them.
  const end = () => ({ width: 0, points: { show: false } });
  return [{ stroke: values, width: 1.8, dash, spanGaps: true, points: { size: 4, fill: values } },
          { stroke: average, width: 2, dash, spanGaps: true, points: { show: false } }, end(), end()];
}

function drawIntervals(chart, plot) {
  const { ctx } = plot, { min, max } = plot.scales.x, unit = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = unit;
  chart.lines.forEach((line, k) => {
    const low = plot.data[COLUMNS * k + 3], high = plot.data[COLUMNS * k + 4];
    // Intervals of several lines at one step are drawn side by side.
    const shift = (k - (chart.lines.length - 1) / 2) * 5 * unit;
    ctx.strokeStyle = colour(line.style);
    ctx.beginPath();
    plot.data[0].forEach((step, i) => {
      if (low[i] === null || high[i] === null || step < min || step > max) return;
      const x = plot.valToPos(step, "x", true) + shift;
      const [top, bottom] = [high[i], low[i]].map((value) => plot.valToPos(value, "y", true));
      ctx.moveTo(x, top);
      ctx.lineTo(x, bottom);
      for (const y of [top, bottom]) {
        ctx.moveTo(x - 2 * unit, y);
        ctx.lineTo(x + 2 * unit, y);
      }
    });
    ctx.stroke();
  });
  ctx.restore();
}

function build(chart) {
  chart.plot?.destroy();
  const axis = { stroke: () => colour("faint"), font: "11px system-ui, sans-serif", gap: 6,
                 grid: { stroke: () => colour("grid"), width: 1 }, ticks: { show: false },
                 values: (plot, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))) };
  const filter = (plot, ticks) => (chart.logarithmic ? labelled(ticks) : ticks);
  chart.plot = new uPlot({
    width: chart.box.clientWidth, height: chart.box.clientHeight, padding: [8, 12, 0, 0], legend: { show: false },
    scales: { x: { time: false, range: (plot, low, high) => (low === high ? [low - 1, high + 1] : [low, high]) },
              y: { distr: chart.logarithmic ? 3 : 1, range: (plot, low, high) => rangeOf(chart, low, high) } },
    axes: [{ ...axis, size: 26, space: 48, incrs: WHOLE_STEPS },
           { ...axis, size: AXIS_WIDTH, space: 32, filter, grid: { ...axis.grid, filter } }],
    series: [{}, ...chart.lines.flatMap((line) => columnsOf(chart.curve, line))],
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, setScale: false, dist: 4 },
              bind: { dblclick: () => () => zoomTo(null) },
              sync: { key: "steps", scales: ["x", null],
                      filters: { pub: (event) => event === "mousemove", sub: () => true } } },
    hooks: { setCursor: [(plot) => say(chart, plot.cursor.idx ?? null)],
             setSelect: [(plot) => zoomToSelection(plot)],
             draw: [(plot) => drawIntervals(chart, plot)] },
  }, chart.table, chart.box);
}

// The legend, which also shows values: those of the step pointed at, or the latest.
function buildLegend(chart) {
  chart.stepText = make("span", { class: "at" });
  chart.valueTexts = chart.lines.map(() => make("span", { class: "value" }));
  const entries = chart.lines.map(({ name, style, compared }, k) =>
    make("span", { class: "entry" }, make("span", { class: `key ${style}${compared ? " compared" : ""}` }),
         name && `${name} `, chart.valueTexts[k]));
  chart.legend.replaceChildren(chart.stepText, ...entries.flatMap((entry) => [" ", entry]));
}

function say(chart, index) {
  const { lines, steps, table, curve: { digits } } = chart;
  chart.stepText.textContent = index === null ? "latest" : `step ${steps[index]}`;
  lines.forEach(({ points }, k) => {
    const i = index ?? steps.findLastIndex((step) => points.has(step));
    const { value, low, high } = points.get(steps[i]) ?? {};
    const parts = [number(value, digits)];
    if (Number.isFinite(low) && Number.isFinite(high)) parts.push(`[${number(low, digits)}, ${number(high, digits)}]`);
    const average = table[COLUMNS * k + 2][i];
    if (average !== null) parts.push(`smoothed ${number(average, digits)}`);
    chart.valueTexts[k].textContent = parts.join(" ");
  });
}

// Draws the current data of the runs.
function draw(chart) {
  const { curve, figure } = chart;
  chart.lines = linesOf(curve);
  figure.hidden = chart.lines.length === 0;
  if (figure.hidden) return;
  const points = chart.lines.flatMap((line) => [...line.points]);
  chart.steps = [...new Set(points.map(([step]) => step))].sort((a, b) => a - b);
  // A logarithmic axis needs a value above 0.
  chart.logarithmic = view.logarithmic && points.some(([, { value }]) => value > 0);
  chart.table = tableOf(chart);
  const shape = JSON.stringify([chart.logarithmic, chart.lines.map(({ name, style, compared }) => [name, style, compared])]);
  if (chart.shape === shape) {
    chart.plot.setData(chart.table, false);
  } else {
    chart.shape = shape;
    buildLegend(chart);
    build(chart);
  }
  showZoom(chart);
  say(chart, chart.plot.cursor.idx ?? null);
  const first = chart.lines[0], values = [...first.points].sort(([a], [b]) => a - b).map(([, { value }]) => value);
  chart.box.setAttribute("aria-label", `${curve.title}: ${values.length} values, ` +
    `from ${number(values[0], curve.digits)} to ${number(values.at(-1), curve.digits)}`);
}

function drawAll() {
  charts.forEach(draw);
  const missing = charts.filter(({ figure }) => figure.hidden).map(({ curve }) => curve.title);
  at("missing").textContent = missing.length > 0 ? `Nothing recorded yet: ${missing.join(", ")}.` : "";
}

// Redraws everything in the current colours.
function recolour() {
  colours.clear();
  charts.filter(({ figure }) => !figure.hidden).forEach(({ plot }) => plot.redraw());
}

// ---- Zoom.

function showZoom({ plot, steps }) {
  const [min, max] = view.zoom ?? [steps[0], steps.at(-1)];
  plot.setScale("x", { min, max });
}

function zoomTo(zoom) {
  view.zoom = zoom;
  at("unzoom").disabled = zoom === null;
  charts.filter(({ figure }) => !figure.hidden).forEach(showZoom);
}

function zoomToSelection(plot) {
  const { left, width } = plot.select;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (width > 0) zoomTo([left, left + width].map((x) => plot.posToVal(x, "x")));
}

// Shows `factor` times as many steps around the one pointed at.
function zoomBy(factor, { plot, steps }) {
  const { min, max } = plot.scales.x;
  const middle = plot.cursor.idx === null ? (min + max) / 2 : steps[plot.cursor.idx];
  const half = Math.max(1, (max - min) * factor) / 2;
  const first = Math.max(steps[0], middle - half), last = Math.min(steps.at(-1), middle + half);
  zoomTo(first <= steps[0] && last >= steps.at(-1) ? null : [first, last]);
}

// ---- Keyboard.

// Points at a step by its index; null: at no step.
function point({ plot, steps }, index) {
  const left = index === null ? -10 : plot.valToPos(steps[index], "x");
  plot.setCursor({ left, top: index === null ? -10 : 0 }, true, true);
}

function onKey(chart, event) {
  const { plot } = chart, [first, last] = plot.series[0].idxs, here = plot.cursor.idx ?? null;
  const target = { ArrowLeft: here === null ? last : Math.max(first, here - 1),
                   ArrowRight: here === null ? first : Math.min(last, here + 1), Home: first, End: last }[event.key];
  if (target !== undefined) point(chart, target);
  else if (event.key === "+") zoomBy(0.5, chart);
  else if (event.key === "-") zoomBy(2, chart);
  else if (event.key === "Escape") zoomTo(null);
  else return;
  event.preventDefault();
}

// ---- Set-up.

function setUpChart(curve) {
  const box = make("div", { class: "plot", tabindex: "0", role: "img", "aria-describedby": "curves-hint" });
  const legend = make("p", { class: "legend" });
  const enlarge = make("button", { type: "button", class: "quiet", "aria-pressed": "false",
                                   "aria-label": `Enlarge ${curve.title}`, title: "Enlarge" }, "⤢");
  const figure = make("figure", { hidden: "" },
    make("figcaption", {}, curve.title, " ", make("small", {}, curve.unit), enlarge), legend, box);
  const chart = { curve, figure, box, legend };
  enlarge.addEventListener("click", () =>
    enlarge.setAttribute("aria-pressed", String(figure.classList.toggle("large"))));
  new ResizeObserver(() => {
    if (!figure.hidden) chart.plot?.setSize({ width: box.clientWidth, height: box.clientHeight });
  }).observe(box);
  box.addEventListener("keydown", (event) => onKey(chart, event));
  // Only the focused chart is announced to screen readers, though all follow the step.
  box.addEventListener("focus", () => legend.setAttribute("aria-live", "polite"));
  box.addEventListener("blur", () => {
    legend.removeAttribute("aria-live");
    point(chart, null);
  });
  at("curves").append(figure);
  charts.push(chart);
}

function setUpCurves() {
  CURVES.forEach(setUpChart);
  at("smoothing").addEventListener("input", () => {
    view.smoothing = Number(at("smoothing").value);
    at("smoothing-value").textContent = view.smoothing.toFixed(2);
    drawAll();
  });
  at("logarithmic").addEventListener("input", () => {
    view.logarithmic = at("logarithmic").checked;
    drawAll();
  });
  at("unzoom").addEventListener("click", () => zoomTo(null));
}
