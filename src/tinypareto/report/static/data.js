// Reading of the data embedded in the page. Every block is gzip-compressed and base64-encoded.

// Decodes the text of an element. Its content is released, since it is not needed a second time.
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
  // Details of a trial, or null if they were left out. A chunk is unpacked when the first of its
  // trials is opened; the promise is kept, so that it is unpacked only once.
  data.detail = async (number) => {
    const at = place.get(number);
    if (at === undefined) return null;
    const chunk = Math.floor(at / data.chunk);
    opened[chunk] ??= unpack(chunks[chunk]).then(JSON.parse);
    return (await opened[chunk])[at % data.chunk];
  };
  return data;
}

// plotly.js is packed too, and becomes a script only when the page is opened.
async function loadPlotly() {
  const script = document.createElement("script");
  script.textContent = await unpack(byId("plotly"));
  document.head.append(script);
}
