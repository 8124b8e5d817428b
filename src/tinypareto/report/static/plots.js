// The views of all trials. A view is a function of the data and the state that returns Plotly's
// traces and layout. In this file, `at` is the index of a trial in the columns of `data.trials`.

// Okabe and Ito's palette, whose colours can be told apart with any colour vision.
const COLOR = {
  front: "#0072B2",
  knee: "#D55E00",
  dominated: "#7C8794",
  infeasible: "#CC79A7",
  muted: "#D5DAE0",
  limit: "#B3261E",
  ink: "#1B2733",
  grid: "#E8ECF0",
};

const CONFIG = {
  displaylogo: false,
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "select2d", "lasso2d", "resetScale2d"], ["toImage"]],
};
const PLAIN = { ...CONFIG, displayModeBar: false };
const FONT = { family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 13, color: COLOR.ink };
const AXIS = { gridcolor: COLOR.grid, zeroline: false, linecolor: "#9AA5B1", ticks: "outside", tickcolor: "#9AA5B1" };

function titled(text, standoff = 8) {
  return { title: { text, standoff, font: { ...FONT, size: 13 } } };
}

function layout(extra) {
  return {
    font: FONT,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "#FFFFFF",
    margin: { l: 58, r: 14, t: 10, b: 48 },
    hovermode: "closest",
    hoverlabel: { bgcolor: "#FFFFFF", bordercolor: "#9AA5B1", font: { ...FONT, size: 12 }, align: "left" },
    showlegend: false,
    modebar: { bgcolor: "rgba(0,0,0,0)", color: "#9AA5B1", activecolor: COLOR.ink },
    ...extra,
  };
}

function hoverText(data, at) {
  const { number, status, figures, params } = data.trials;
  const knee = number[at] === data.knee ? ", knee" : "";
  const lines = [`<b>trial ${number[at]}</b> (${status[at]}${knee})`];
  for (const metric of data.metrics) {
    const value = figures[metric.key][at];
    if (value !== null) lines.push(`${plain(metric.label)} ${formatted(metric, value)}`);
  }
  const settings = Object.keys(params)
    .filter((name) => !name.startsWith("sparsity/") && params[name][at] !== null)
    .map((name) => `${plain(name)} ${setting(params[name][at])}`);
  for (let from = 0; from < settings.length; from += 2) lines.push(settings.slice(from, from + 2).join(", "));
  const cut = Object.keys(params).filter((name) => name.startsWith("sparsity/") && params[name][at] !== null);
  if (cut.length) {
    const mean = cut.reduce((sum, name) => sum + params[name][at], 0) / cut.length;
    lines.push(`mean sparsity ${FORMATS.share(mean)}`);
  }
  return lines.join("<br>");
}

// Trials by the way in which they are drawn. Trials excluded by the filter or a selection are muted.
function groups(data, state) {
  const made = { muted: [], infeasible: [], dominated: [], front: [], knee: [] };
  data.trials.status.forEach((status, at) => {
    if (status === "failed") return;
    if (!state.clear[at]) made.muted.push(at);
    else made[data.trials.number[at] === data.knee ? "knee" : status].push(at);
  });
  return made;
}

const MARKERS = {
  muted: { color: COLOR.muted, size: 6, symbol: "circle" },
  infeasible: { color: COLOR.infeasible, size: 6, symbol: "x-thin", opacity: 0.55, line: { color: COLOR.infeasible, width: 1.2 } },
  dominated: { color: COLOR.dominated, size: 6, symbol: "circle", opacity: 0.5 },
  front: { color: COLOR.front, size: 9, symbol: "circle", line: { color: "#FFFFFF", width: 1 } },
  knee: { color: COLOR.knee, size: 13, symbol: "diamond", line: { color: "#FFFFFF", width: 1 } },
};

// Range of an axis: it shows all feasible trials, and the limit unless that is far above them.
// Infeasible trials do not extend it, since they can exceed the limits by orders of magnitude.
function extent(data, metric) {
  const values = [], feasible = [];
  data.trials.figures[metric.key].forEach((value, at) => {
    if (value === null) return;
    values.push(value);
    if (["front", "dominated"].includes(data.trials.status[at])) feasible.push(value);
  });
  const shown = feasible.length ? feasible : values;
  if (!shown.length) return [0, 1];
  let low = Math.min(...shown), high = Math.max(...shown);
  if (!isScore(metric)) low = 0;
  if (metric.limit !== null && metric.limit < 1.6 * high) high = Math.max(high, metric.limit);
  const room = 0.06 * (high - low) || 0.05 * high || 1;
  return [isScore(metric) ? low - room : low - room / 2, high + room];
}

// A dashed line with a label at each limit. If the limit is outside the range, the label stands at
// the edge of the plot with an arrow.
function limitLines(axes) {
  const shapes = [], annotations = [];
  for (const [name, { metric, range, scale }] of Object.entries(axes)) {
    if (metric.limit === null) continue;
    const at = metric.limit / scale.divisor, inside = metric.limit <= range[1];
    const across = name === "x" ? { x0: at, x1: at, y0: 0, y1: 1, yref: "paper" } : { y0: at, y1: at, x0: 0, x1: 1, xref: "paper" };
    shapes.push({ type: "line", line: { color: COLOR.limit, width: 1.5, dash: "dash" }, ...across });
    const label = `limit ${formatted(metric, metric.limit)}`;
    const place = name === "x"
      ? { x: inside ? at : 1, xref: inside ? "x" : "paper", y: 1, yref: "paper", xanchor: "right", yanchor: "bottom" }
      : { y: inside ? at : 1, yref: inside ? "y" : "paper", x: 1, xref: "paper", xanchor: "right", yanchor: inside ? "bottom" : "top" };
    annotations.push({ ...place, text: inside ? label : `${label} ${name === "x" ? "\u2192" : "\u2191"}`, showarrow: false, font: { ...FONT, size: 11, color: COLOR.limit }, bgcolor: "rgba(255,255,255,0.8)" });
  }
  return { shapes, annotations };
}

function scatter(data, state, xMetric, yMetric) {
  const axes = {};
  for (const [name, metric] of [["x", xMetric], ["y", yMetric]]) {
    const range = extent(data, metric);
    axes[name] = { metric, range, scale: axisOf(metric, range[1]) };
  }
  // A trial without accuracy is drawn on the edge of the plot, as a rug.
  const value = ({ metric, range, scale }, at) => (data.trials.figures[metric.key][at] ?? range[0]) / scale.divisor;
  const known = (at) => [xMetric, yMetric].some((m) => data.trials.figures[m.key][at] !== null);
  const members = groups(data, state);
  const traces = Object.entries(members).map(([name, all]) => {
    const ats = all.filter(known);
    return {
      type: "scatter",
      mode: "markers",
      name,
      x: ats.map((at) => value(axes.x, at)),
      y: ats.map((at) => value(axes.y, at)),
      customdata: ats.map((at) => data.trials.number[at]),
      hovertext: ats.map((at) => state.hover[at]),
      hoverinfo: "text",
      marker: MARKERS[name],
      selected: { marker: { opacity: 1 } },
      unselected: { marker: { opacity: 1 } },
      cliponaxis: false,
    };
  });
  const chosen = data.index.get(state.trial);
  const ringed = chosen !== undefined && known(chosen) ? [chosen] : [];
  traces.push({
    type: "scatter",
    mode: "markers",
    name: "selected",
    x: ringed.map((at) => value(axes.x, at)),
    y: ringed.map((at) => value(axes.y, at)),
    hoverinfo: "skip",
    marker: { symbol: "circle-open", size: 19, color: COLOR.ink, line: { width: 2.5 } },
  });
  // `uirevision` below keeps the user's zoom while the metrics on the axes stay the same.
  const named = ({ metric, range, scale }) => ({
    ...AXIS,
    ...titled(withUnit(plain(metric.label), scale.unit)),
    range: range.map((end) => end / scale.divisor),
    automargin: true,
  });
  return [traces, layout({
    height: 370,
    margin: { l: 58, r: 14, t: 46, b: 48 },
    xaxis: named(axes.x),
    yaxis: named(axes.y),
    uirevision: `${xMetric.key} ${yMetric.key}`,
    ...limitLines(axes),
  })];
}

function volume(data, state) {
  const x = data.trials.number, y = data.volumes;
  // Only trials that increase the hypervolume get a marker.
  const steps = x.map((_, at) => at).filter((at) => y[at] > (at ? y[at - 1] : 0));
  const line = { type: "scatter", mode: "lines", x, y, line: { color: COLOR.front, width: 2, shape: "hv" }, hoverinfo: "skip" };
  const dots = {
    type: "scatter",
    mode: "markers",
    x: steps.map((at) => x[at]),
    y: steps.map((at) => y[at]),
    customdata: steps.map((at) => x[at]),
    hovertext: steps.map((at) => `hypervolume ${y[at].toFixed(4)}<br>${state.hover[at]}`),
    hoverinfo: "text",
    marker: { color: COLOR.front, size: 7 },
  };
  return [[line, dots], layout({
    height: 240,
    xaxis: { ...AXIS, ...titled("trial") },
    yaxis: { ...AXIS, ...titled("hypervolume"), rangemode: "tozero", automargin: true },
  })];
}

const MOST_SETTINGS = 15;

function importance(data) {
  const rows = Object.entries(data.importance.shares).slice(0, MOST_SETTINGS).reverse();
  const bars = {
    type: "bar",
    orientation: "h",
    x: rows.map(([, share]) => 100 * share),
    y: rows.map(([name]) => plain(name)),
    text: rows.map(([, share]) => FORMATS.share(share)),
    textposition: "outside",
    hoverinfo: "none",
    marker: { color: COLOR.front },
    cliponaxis: false,
  };
  return [[bars], layout({
    height: 70 + 22 * rows.length,
    xaxis: { ...AXIS, ...titled("share of the importance (%)"), rangemode: "tozero" },
    yaxis: { automargin: true, ticksuffix: " " },
    margin: { l: 20, r: 50, t: 6, b: 46 },
  })];
}
