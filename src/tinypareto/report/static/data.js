// The data of the page, unpacked.

async function unpack(id) {
  const bytes = Uint8Array.from(atob(id.textContent), (letter) => letter.charCodeAt(0));
  id.textContent = "";
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function readData() {
  const data = JSON.parse(await unpack(byId("data")));
  const chunks = [...document.getElementsByClassName("chunk")];
  const place = new Map(data.details.map((number, at) => [number, at]));
  const opened = [];
  data.index = new Map(data.trials.number.map((number, at) => [number, at]));
  // Details of a trial, or null where they were left out.
  data.detail = async (number) => {
    const at = place.get(number);
    if (at === undefined) return null;
    const chunk = Math.floor(at / data.chunk);
    opened[chunk] ??= unpack(chunks[chunk]).then(JSON.parse);
    return (await opened[chunk])[at % data.chunk];
  };
  return data;
}

async function loadPlotly() {
  const script = document.createElement("script");
  script.textContent = await unpack(byId("plotly"));
  document.head.append(script);
}
