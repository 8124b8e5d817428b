// Parallel coordinates: every trial is a line across the axes of all objectives.
//
// Plotly's own `parcoords` trace does not tell which line was clicked, so this is a scatter plot
// whose axes are shapes and annotations: axis k stands at x = k, and every metric is mapped to
// heights from 0 to 1.

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const tick = digit * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

function evenTicks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((digit) => digit * power >= rough);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) ticks.push(tick);
  return ticks;
}

// The axis of a metric: `place` maps a value to a height from 0 to 1, `ticks` are the labelled values.
// Accuracies are linear, resources logarithmic. Infeasible values far beyond twice the limit are
// drawn at the top, so that they do not squeeze the feasible ones.
function verticalAxis(data, metric) {
  const values = data.trials.figures[metric.key].filter((value) => value !== null && (isScore(metric) || value > 0));
  let low = values.length ? Math.min(...values) : 1, high = values.length ? Math.max(...values) : 2;
  if (metric.limit !== null) high = Math.min(Math.max(high, metric.limit), 2 * metric.limit);
  if (high <= low) high = isScore(metric) ? low + 0.01 : 2 * low;
  const curve = isScore(metric) ? (value) => value : (value) => Math.log(Math.max(value, low));
  const [bottom, top] = [curve(low), curve(high)];
  const place = (value) => Math.min(1, Math.max(0, (curve(value) - bottom) / (top - bottom)));
  return { place, ticks: isScore(metric) ? evenTicks(low, high) : logTicks(low, high) };
}

const LINES = {
  muted: { color: COLOR.muted, width: 1 },
  infeasible: { color: COLOR.infeasible, width: 1 },
  dominated: { color: COLOR.dominated, width: 1 },
  front: { color: COLOR.front, width: 1.8 },
  knee: { color: COLOR.knee, width: 3 },
};
const OPACITY = { muted: 0.45, infeasible: 0.3, dominated: 0.35, front: 0.9, knee: 1 };

// Points of the lines of many trials as one trace, which Plotly draws much faster than one trace per
// trial. A null point after each trial separates its line from the next one.
function lines(data, state, axes, ats) {
  const made = { x: [], y: [], customdata: [], hovertext: [] };
  const push = (x, y, at) => {
    made.x.push(x);
    made.y.push(y);
    made.customdata.push(data.trials.number[at]);
    made.hovertext.push(state.hover[at]);
  };
  for (const at of ats) {
    axes.forEach(({ metric, place }, x) => {
      const value = data.trials.figures[metric.key][at];
      if (value !== null) push(x, place(value), at);
    });
    push(null, null, at);
  }
  return made;
}

function axisMarks(axes) {
  const shapes = [], annotations = [];
  axes.forEach(({ metric, place, ticks }, x) => {
    shapes.push({ type: "line", x0: x, x1: x, y0: 0, y1: 1, line: { color: "#5B6875", width: 1 }, layer: "below" });
    annotations.push({ x, y: 1.02, yref: "paper", text: `<b>${plain(metric.label)}</b>`, showarrow: false, yanchor: "bottom" });
    const side = x === axes.length - 1 ? { xanchor: "left", xshift: 5 } : { xanchor: "right", xshift: -5 };
    for (const tick of ticks) {
      shapes.push({ type: "line", x0: x - 0.012, x1: x + 0.012, y0: place(tick), y1: place(tick), line: { color: "#5B6875", width: 1 } });
      annotations.push({ x, y: place(tick), text: formatted(metric, tick).replace(".0", ""), showarrow: false, font: { ...FONT, size: 11 }, bgcolor: "rgba(255,255,255,0.75)", borderpad: 0, ...side });
    }
    if (metric.limit === null) return;
    const y = place(metric.limit);
    shapes.push({ type: "line", x0: x - 0.07, x1: x + 0.07, y0: y, y1: y, line: { color: COLOR.limit, width: 4 } });
    annotations.push({ x, y, text: `limit ${formatted(metric, metric.limit)}`, showarrow: false, yshift: 9, xanchor: x === axes.length - 1 ? "right" : "left", xshift: x === axes.length - 1 ? -6 : 6, font: { ...FONT, size: 11, color: COLOR.limit }, bgcolor: "rgba(255,255,255,0.75)", borderpad: 0 });
  });
  return { shapes, annotations };
}

function parallel(data, state) {
  const axes = data.metrics.filter((metric) => metric.objective).map((metric) => ({ metric, ...verticalAxis(data, metric) }));
  const chosen = data.index.get(state.trial);
  const traces = Object.entries(groups(data, state)).map(([name, ats]) => ({
    type: "scatter",
    mode: "lines",
    name,
    line: LINES[name],
    opacity: OPACITY[name],
    hoverinfo: "text",
    ...lines(data, state, axes, ats),
  }));
  traces.push({
    type: "scatter",
    mode: "lines+markers",
    name: "selected",
    line: { color: COLOR.ink, width: 3 },
    marker: { color: COLOR.ink, size: 7 },
    hoverinfo: "text",
    ...lines(data, state, axes, chosen === undefined || data.trials.status[chosen] === "failed" ? [] : [chosen]),
  });
  return [traces, layout({
    height: 380,
    margin: { l: 56, r: 70, t: 52, b: 12 },
    xaxis: { visible: false, range: [-0.12, axes.length - 0.88], fixedrange: true },
    yaxis: { visible: false, range: [-0.04, 1.06] },
    dragmode: "zoom",
    uirevision: "parallel",
    ...axisMarks(axes),
  })];
}
