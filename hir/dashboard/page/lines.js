// Turns records into numbers: the lines of a curve, and their table for uPlot.

const LINE_STYLES = ["first", "second", "third"];
// Columns of a chart's table per line: values, their moving average, ends of the interval.
const COLUMNS = 4;

// The lines of a curve that have values: [{name, style, compared, points: Map of step to {value, low, high}}, ...].
function linesOf(curve) {
  const lines = [];
  runs.forEach((run, index) => {
    curve.lines.forEach(({ key, name }, i) => {
      const points = new Map();
      for (const record of curve.evals ? run.evals : run.metrics) {
        if (!Number.isFinite(record[key])) continue;
        points.set(record.step, { value: record[key], low: record[`${key}_low`], high: record[`${key}_high`] });
      }
      if (points.size === 0) return;
      const label = [name, runs.length > 1 ? run.name : ""].filter(Boolean).join(" · ");
      lines.push({ name: label, style: LINE_STYLES[i], compared: index > 0, points });
    });
  });
  return lines;
}

// There are too few evaluations to smooth them.
const smooths = (curve) => view.smoothing > 0 && !curve.evals;

// The exponential moving average, corrected for its beginning, so that it does not start from 0.
function smooth(values) {
  let average = 0, weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    average = view.smoothing * average + (1 - view.smoothing) * value;
    weight = view.smoothing * weight + (1 - view.smoothing);
    return average / weight;
  });
}

// The table that uPlot draws: the steps, then COLUMNS columns per line.
function tableOf({ curve, lines, steps, logarithmic }) {
  const table = [steps], nothing = steps.map(() => null);
  for (const { points } of lines) {
    const column = (field) => steps.map((step) => {
      const value = points.get(step)?.[field];
      return !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;
    });
    const values = column("value");
    table.push(values, smooths(curve) ? smooth(values) : nothing,
               curve.evals ? column("low") : nothing, curve.evals ? column("high") : nothing);
  }
  return table;
}
