// The panel that shows one opened trial. In this file, `at` is an index: of the trial in the columns
// of `data.trials`, or of the element at hand (layer, epoch, buffer, class) in inner functions.

const TILES = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#9A8A00", "#7C8794"];

function heading(data, at) {
  const { number, status } = data.trials;
  const badges = [element("span", { class: `badge ${status[at]}` }, status[at] === "front" ? "in the front" : status[at])];
  if (number[at] === data.recommended) badges.push(element("span", { class: "badge recommended" }, "recommended"));
  if (number[at] === data.knee) badges.push(element("span", { class: "badge knee" }, "knee"));
  return element("h2", { id: "opened" }, `Trial ${number[at]} `, ...badges);
}

function figuresTable(data, at) {
  const rows = data.metrics.map((metric) => {
    const value = data.trials.figures[metric.key][at];
    const limited = metric.limit !== null && value !== null;
    const share = limited ? value / metric.limit : metric.kind === "share" ? value : null;
    const over = limited && share > 1;
    const bar = share === null ? "" : element("span", { class: over ? "bar over" : "bar" }, element("i", { style: `width:${Math.min(100, 100 * share).toFixed(1)}%` }));
    const note = limited ? `${share < 0.01 ? "<1" : Math.round(100 * share)}% of limit` : "";
    return element("tr", {}, element("th", {}, metric.label), element("td", {}, formatted(metric, value)), element("td", { class: "wide" }, bar), element("td", { class: "text" }, note));
  });
  const table = element("table", { class: "figures" }, element("tbody", {}, ...rows));
  const { accuracy, accuracy_float: float } = data.trials.figures;
  if (accuracy[at] === null) return [table];
  const change = accuracy[at] - float[at], share = data.metrics[0].kind === "share";
  const size = share ? `${Math.abs(100 * change).toFixed(1)} percentage points` : Math.abs(change).toFixed(4);
  const text = `int8 against float on the test split: ${change >= 0 ? "+" : "\u2212"}${size}`;
  return [table, element("p", { class: "note", id: "int8-float" }, text)];
}

function settingsList(data, at, detail) {
  const given = Object.entries(data.trials.params).filter(([name, values]) => values[at] !== null && !name.startsWith("sparsity/"));
  const rows = Object.entries(detail?.settings ?? {}).length ? Object.entries(detail.settings) : given.map(([name, values]) => [name, values[at]]);
  const items = rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, setting(value))));
  return items.length ? [element("h3", {}, "Settings"), element("dl", { class: "settings" }, ...items)] : [];
}

function layersTable(data, network, instructions) {
  const most = Math.max(1, ...network.macs);
  const head = ["layer", "output", "filters", "MACs", "weights", ...(instructions ? ["instr."] : [])];
  const rows = data.structures[network.structure].layers.map((layer, at) => {
    const size = layer.height === 1 && layer.width === 1 ? "" : layer.height === 1 ? `${layer.width}\u00d7` : `${layer.height}\u00d7${layer.width}\u00d7`;
    const kept = layer.filters === null ? "" : `${network.channels[at]}/${layer.filters}`;
    const bar = element("span", { class: "bar thin" }, element("i", { style: `width:${(100 * network.macs[at] / most).toFixed(1)}%` }));
    return element("tr", {},
      element("th", { title: layer.layer }, layer.layer, element("small", {}, layer.kind)), element("td", {}, size + network.channels[at]),
      element("td", {}, kept), element("td", {}, network.macs[at].toLocaleString("en"), bar), element("td", {}, formatted({ kind: "bytes" }, network.weights[at])),
      ...(instructions ? [element("td", {}, (instructions[at] ?? 0).toLocaleString("en"))] : []));
  });
  const sum = (list) => list.reduce((total, value) => total + value, 0);
  const foot = element("tr", {}, element("th", {}, "total"), element("td", {}), element("td", {}),
    element("td", {}, sum(network.macs).toLocaleString("en")), element("td", {}, formatted({ kind: "bytes" }, sum(network.weights))),
    ...(instructions ? [element("td", {}, sum(instructions).toLocaleString("en"))] : []));
  return element("div", { class: "scroll layers" }, element("table", { id: "layers" },
    element("thead", {}, element("tr", {}, ...head.map((name) => element("th", {}, name)))), element("tbody", {}, ...rows), element("tfoot", {}, foot)));
}

// The arena over the steps of one inference. A buffer is a rectangle, drawn as a bar: `base` is its
// offset, its height the size, its width the number of steps, and `x` the middle of these steps.
// A step k covers the range from k - 0.5 to k + 0.5. The dotted line adds up the bytes in use.
function memoryPlan(data, network) {
  const order = data.structures[network.structure].orders[network.order], steps = order.steps.length;
  const use = Array(steps).fill(0);
  const middle = [], width = [], hover = [];
  order.buffers.forEach(({ tensors, first, last }, at) => {
    middle.push((first + last) / 2 + 1);
    width.push(last - first + 1);
    for (let step = first; step <= last; step++) use[step] += network.sizes[at];
    const when = first === last ? `step ${first + 1}` : `steps ${first + 1} to ${last + 1}`;
    const where = `bytes ${network.offsets[at]} to ${network.offsets[at] + network.sizes[at]}`;
    hover.push(`<b>${tensors.map(plain).join("<br>")}</b><br>${formatted({ kind: "bytes" }, network.sizes[at])}, ${when}<br>${where}`);
  });
  const tiles = {
    type: "bar", x: middle, y: network.sizes, base: network.offsets, width, hovertext: hover, hoverinfo: "text",
    marker: { color: middle.map((_, at) => TILES[at % TILES.length]), opacity: 0.75, line: { color: "#FFFFFF", width: 1 } },
  };
  const edges = { type: "scatter", mode: "lines", x: [0.5, ...use.map((_, at) => at + 1), steps + 0.5], y: [use[0], ...use, use[steps - 1]],
    line: { color: COLOR.ink, width: 1.5, shape: "hvh", dash: "dot" }, hoverinfo: "skip" };
  const arena = { type: "line", xref: "paper", x0: 0, x1: 1, y0: network.arena, y1: network.arena, line: { color: COLOR.limit, width: 1.5, dash: "dash" } };
  return [[tiles, edges], layout({
    height: 300, barmode: "overlay", bargap: 0, shapes: [arena],
    annotations: [{ xref: "paper", x: 1, y: network.arena, text: `arena ${formatted({ kind: "bytes" }, network.arena)}`, showarrow: false, xanchor: "right", yanchor: "bottom", font: { ...FONT, size: 11, color: COLOR.limit } }],
    xaxis: { ...AXIS, ...titled("step", 6), range: [0.5, steps + 0.5], showgrid: false },
    yaxis: { ...AXIS, ...titled("offset (bytes)", 6), range: [0, 1.1 * network.arena], automargin: true },
  })];
}

function trainingCurve(detail, name, metric) {
  const { divisor, unit } = axisOf(metric, 1), score = withUnit(name, unit);
  const { loss, accuracy, parameters } = detail.curves;
  const epochs = accuracy.map((_, at) => at + 1);
  // Pruning happens between two epochs, so its markers lie at half an epoch before.
  const steps = detail.pruning.map(([epoch]) => ({ type: "line", yref: "paper", x0: epoch - 0.5, x1: epoch - 0.5, y0: 0, y1: 1, line: { color: COLOR.knee, width: 1, dash: "dot" } }));
  const labels = {
    type: "scatter", mode: "markers", xaxis: "x", yaxis: "y3", x: detail.pruning.map(([epoch]) => epoch - 0.5), y: detail.pruning.map(() => 0),
    marker: { symbol: "triangle-up", size: 9, color: COLOR.knee }, cliponaxis: false,
    hovertext: detail.pruning.map(([epoch, fraction]) => `pruning before epoch ${epoch}<br>${FORMATS.share(fraction)} of the final sparsities`), hoverinfo: "text",
  };
  const line = (y, color, yaxis, name, extra) => ({ type: "scatter", mode: "lines+markers", x: epochs, y, xaxis: "x", yaxis, name, line: { color, width: 2, ...extra }, marker: { size: 4 }, hovertemplate: `epoch %{x}: ${name} %{y:.4g}<extra></extra>` });
  const traces = [
    line(accuracy.map((value) => value / divisor), COLOR.front, "y", score),
    line(loss, "#E69F00", "y2", "loss", { dash: "dash" }),
    line(parameters, "#009E73", "y3", "parameters", { shape: "hvh" }),
    labels,
  ];
  return [traces, layout({
    height: 320, shapes: steps, margin: { l: 58, r: 52, t: 10, b: 46 },
    xaxis: { ...AXIS, ...titled("epoch", 6), anchor: "y3" },
    yaxis: { ...AXIS, domain: [0.42, 1], title: { text: `training ${score}`, font: { size: 13, color: COLOR.front } } },
    yaxis2: { ...AXIS, overlaying: "y", side: "right", tickmode: "auto", nticks: 5, automargin: true, showgrid: false, title: { text: "loss", font: { size: 13, color: "#9A6A00" } }, rangemode: "tozero" },
    yaxis3: { ...AXIS, domain: [0, 0.34], title: { text: "parameters", font: { size: 13, color: "#007A59" } }, rangemode: "tozero", tickformat: "~s" },
  })];
}

const MOST_COUNTS = 15;

function confusion(data, matrix) {
  const names = matrix.map((_, at) => plain(short(String(data.classes[at] ?? at), 14)));
  const totals = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  // Colours show shares of the true class, so that rare classes are as visible as frequent ones.
  const shares = matrix.map((row, at) => row.map((count) => (totals[at] ? 100 * count / totals[at] : null)));
  const recalls = names.map((name, at) => (totals[at] ? `${name} (${Math.round(shares[at][at])}%)` : name));
  const small = matrix.length <= MOST_COUNTS;
  const positions = names.map((_, at) => at);
  const map = {
    type: "heatmap", x: positions, y: positions, z: shares, zmin: 0, zmax: 100, xgap: 1, ygap: 1,
    colorscale: [[0, "#F4F7FA"], [0.02, "#DCE9F4"], [1, "#0072B2"]], colorbar: { title: { text: "% of class", side: "right" }, thickness: 10, outlinewidth: 0 },
    text: matrix.map((row) => row.map((count) => (small && count ? String(count) : ""))), texttemplate: "%{text}", textfont: { size: 11 },
    hovertext: matrix.map((row, at) => row.map((count, to) => `true ${names[at]}<br>given ${names[to]}<br>${count} of ${totals[at]}`)), hoverinfo: "text",
  };
  const axis = { tickvals: positions, ticktext: names, showgrid: false, zeroline: false, ticks: "", automargin: true };
  return [[map], layout({
    height: 380,
    xaxis: { ...axis, ...titled("class given by the int8 network"), tickangle: names.some((name) => name.length > 4) ? -45 : 0 },
    yaxis: { ...axis, ticktext: recalls, ...titled("true class (recall)"), autorange: "reversed" },
  })];
}

// Values that the int8 network gives over the true ones; on the line both are equal.
function estimates({ name, true: right, given }) {
  const ends = [Math.min(...right, ...given), Math.max(...right, ...given)];
  const traces = [
    { type: "scatter", mode: "lines", x: ends, y: ends, hoverinfo: "skip", line: { color: COLOR.limit, width: 1.5, dash: "dash" } },
    { type: "scatter", mode: "markers", x: right, y: given, marker: { color: COLOR.front, size: 5, opacity: 0.6 }, hovertemplate: "true %{x:.5g}<br>given %{y:.5g}<extra></extra>" },
  ];
  return [traces, layout({
    height: 340,
    xaxis: { ...AXIS, ...titled(`true ${plain(short(name, 40))}`) },
    yaxis: { ...AXIS, ...titled("given by the int8 network"), automargin: true },
  })];
}

// Notes about everything that cannot be shown of a trial.
function missingNotes(data, at, detail) {
  if (!detail) {
    return [data.trials.status[at] === "failed" ? `failed: ${data.trials.cause[at]}` : "its details were left out to keep this file small; they are in the result folder"];
  }
  const notes = [...(detail.missing ?? [])];
  if (data.missing) notes.push(`layers and memory plan: ${data.missing}`);
  if (data.trials.status[at] === "infeasible" && !detail.curves) notes.push("never trained: it breaks a limit");
  return notes;
}

async function openPanel(data, number) {
  const at = data.index.get(number), panel = byId("panel");
  const detail = await data.detail(number);
  const parts = [heading(data, at), ...figuresTable(data, at)];
  for (const note of missingNotes(data, at, detail)) parts.push(element("p", { class: "note missing" }, note));
  const plots = [];
  const plot = (title, note, id, figure) => {
    const place = element("div", { id, class: "plot" });
    parts.push(element("h3", {}, title), ...(note ? [element("p", { class: "note" }, note)] : []), place);
    plots.push([place, figure]);
  };
  if (detail?.network) {
    parts.push(element("h3", {}, "Layers"));
    if (detail.instructions) parts.push(element("p", { class: "note" }, "instr.: emulated instructions of one inference."));
    parts.push(layersTable(data, detail.network, detail.instructions));
    plot("Memory plan", "Tensors in the arena over the steps of one inference; dotted: bytes in use.", "memory", memoryPlan(data, detail.network));
  }
  if (detail?.curves?.accuracy.length) {
    const from = detail.reused_from ? ` Not trained again: reused from ${detail.reused_from}.` : "";
    plot("Training", `Triangles and dotted lines: filters are removed.${from}`, "training", trainingCurve(detail, data.score, data.metrics[0]));
  }
  const merits = Object.entries(detail?.metrics ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")} ${(100 * value).toFixed(1)}%`);
  if (detail?.confusion) plot("Confusion matrix", `Of the int8 network on the test split${merits.length ? `: ${merits.join(", ")}` : ""}.`, "confusion", confusion(data, detail.confusion));
  for (const [number, target] of (detail?.targets ?? []).entries()) {
    const merits = `R2 ${target.r2.toFixed(4)}, mean absolute error ${target.mae.toPrecision(4)}`;
    plot(`Estimates of ${target.name}`, `On the test split: ${merits}.`, `estimates${number}`, estimates(target));
  }
  parts.push(...settingsList(data, at, detail));
  // Plotly measures the element that it draws in, so plots are drawn once the panel is in the page.
  panel.replaceChildren(...parts);
  panel.dataset.trial = number;
  for (const [place, figure] of plots) await Plotly.newPlot(place, ...figure, PLAIN);
}
