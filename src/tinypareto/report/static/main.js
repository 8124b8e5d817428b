// The state that all views share, and the controls that change it.
//
// `state.trial` is the opened trial, `state.brushed` the set of trials selected in a scatter plot
// (null for all), and `state.clear` says of each trial whether filters and selection leave it in.
// Every change of the state redraws all views by `draw`; `Plotly.react` updates a plot in place.

async function start() {
  const [data] = await Promise.all([readData(), loadPlotly()]);
  const state = { trial: null, brushed: null, hover: data.trials.number.map((_, at) => hoverText(data, at)), clear: [] };
  const metric = (key) => data.metrics.find((one) => one.key === key);
  const resources = data.metrics.filter((one) => !isScore(one));
  const bounds = new Map();

  // Whether a trial keeps all bounds that the user has typed in. Here and below, `at` is the index
  // of a trial in the columns of `data.trials`.
  const fits = (at) => [...bounds].every(([one, input]) => {
    if (input.value === "") return true;
    const value = data.trials.figures[one.key][at], bound = Number(input.value) * axisOf(one, one.limit ?? 0).divisor;
    return value !== null && (one.higher ? value >= bound : value <= bound);
  });

  const draw = () => {
    state.clear = data.trials.number.map((number, at) => fits(at) && (!state.brushed || state.brushed.has(number)));
    for (const place of [0, 1]) {
      const axes = ["x", "y"].map((name) => metric(byId(name + place).value));
      Plotly.react(`scatter${place}`, ...scatter(data, state, ...axes), CONFIG);
    }
    Plotly.react("parallel", ...parallel(data, state), PLAIN);
    const trained = data.trials.number.map((_, at) => at).filter((at) => ["front", "dominated"].includes(data.trials.status[at]));
    const fitting = trained.filter(fits), inFront = fitting.filter((at) => data.trials.status[at] === "front");
    const sizes = data.board ? `sizes are those of programs linked for ${data.board}` : "sizes are constants and arena; code and stack come on top";
    byId("fits").textContent = `${fitting.length} of ${trained.length} trained networks fit, ${inFront.length} of them in the front; ${sizes}`;
    for (const row of document.querySelectorAll("#front tbody tr")) {
      const number = Number(row.dataset.trial);
      row.classList.toggle("unfit", !state.clear[data.index.get(number)]);
      row.classList.toggle("chosen", number === state.trial);
    }
  };

  const open = async (number) => {
    state.trial = number;
    history.replaceState(null, "", `#trial=${number}`);
    draw();
    await openPanel(data, number);
    // On a narrow screen the panel is below the plots; on a wide one it is beside them and sticky.
    if (getComputedStyle(byId("panel")).position !== "sticky") byId("panel").scrollIntoView({ behavior: "smooth" });
    else byId("panel").scrollTop = 0;
  };

  fillControls(data, resources, bounds, metric);
  draw();
  Plotly.newPlot("volume", ...volume(data, state), PLAIN);
  drawImportance(data);
  byId("rug").hidden = !data.trials.status.includes("infeasible");
  fillLegend(data);

  for (const id of ["scatter0", "scatter1", "parallel", "volume"]) {
    byId(id).on("plotly_click", ({ points }) => {
      const number = points[0].customdata;
      if (number !== undefined) open(number);
    });
  }
  for (const id of ["scatter0", "scatter1"]) {
    byId(id).on("plotly_selected", (event) => {
      if (!event) return;
      state.brushed = new Set(event.points.map((point) => point.customdata).filter((number) => number !== undefined));
      draw();
    });
    byId(id).on("plotly_deselect", () => {
      state.brushed = null;
      draw();
    });
  }
  for (const select of document.querySelectorAll(".pair select")) select.addEventListener("change", draw);
  byId("bounds").addEventListener("input", draw);
  byId("board").addEventListener("change", () => {
    fillBoard(data, bounds);
    draw();
  });
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  // The event precedes the reset itself, so drawing has to wait until the fields are empty.
  byId("filter").addEventListener("reset", () => setTimeout(draw));
  for (const row of document.querySelectorAll("#front tbody tr")) {
    const number = Number(row.dataset.trial);
    row.addEventListener("click", () => open(number));
    row.addEventListener("keydown", (event) => event.key === "Enter" && open(number));
  }

  // The trial in the address, else the recommended one, else the first one. Tests wait for `data-ready`.
  const wanted = Number(/^#trial=(\d+)$/.exec(location.hash)?.[1] ?? data.recommended ?? data.trials.number[0]);
  if (data.index.has(wanted)) {
    state.trial = wanted;
    draw();
    await openPanel(data, wanted);
  }
  document.body.dataset.ready = "yes";
}

function fillControls(data, resources, bounds, metric) {
  byId("board").append(element("option", { value: "" }, "any"), ...data.boards.map((board) => element("option", { value: board.name }, board.name)));
  const asked = [...resources, metric("accuracy")];
  for (const one of asked) {
    const unit = axisOf(one, one.limit ?? 0).unit;
    const input = element("input", { type: "number", step: "any", id: `bound-${one.key}` });
    bounds.set(one, input);
    byId("bounds").append(element("label", {}, `${one.label} ${one.higher ? "\u2265" : "\u2264"} `, input, ` ${unit}`));
  }
  const wanted = resources.filter((one) => one.objective), shown = wanted.length ? wanted : resources;
  const starts = { y0: "accuracy_search", x0: shown[0].key, y1: "accuracy_search", x1: (shown[1] ?? shown[0]).key };
  for (const [id, key] of Object.entries(starts)) {
    byId(id).append(...data.metrics.map((one) => element("option", { value: one.key }, one.label)));
    byId(id).value = key;
  }
}

// Fills the bounds on ROM and RAM with the chosen board's sizes, in KB.
function fillBoard(data, bounds) {
  const board = data.boards.find((one) => one.name === byId("board").value);
  const sizes = { rom_bytes: board?.flash_bytes, ram_bytes: board?.ram_bytes };
  for (const [one, input] of bounds) {
    if (one.key in sizes) input.value = sizes[one.key] === undefined ? "" : sizes[one.key] / 1000;
  }
}

function fillLegend(data) {
  const names = { front: "in the front", knee: "knee", dominated: "dominated", infeasible: "infeasible" };
  const shown = Object.keys(names).filter((name) => (name === "knee" ? data.knee !== null : data.trials.status.includes(name)));
  byId("legend").append(...shown.map((name) => element("span", { class: `key ${name}` }, names[name])), element("span", { class: "key limit" }, "limit"));
}

function drawImportance(data) {
  const { method, trials } = data.importance;
  byId("method").textContent = method ? `${method} of the search ${data.score}, from ${trials} trained networks.` : `Needs at least ${data.fewest} trained networks; there are ${trials}.`;
  if (method) Plotly.newPlot("importance", ...importance(data), PLAIN);
  else byId("importance").remove();
}

function fail(cause) {
  byId("problem").hidden = false;
  byId("problem").textContent = typeof DecompressionStream === "undefined" ? "This page needs a browser of 2023 or later." : `The page could not be drawn: ${cause}`;
  throw cause;
}

start().catch(fail);
