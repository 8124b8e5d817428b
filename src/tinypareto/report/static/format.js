// Formatting of numbers, and creation of elements. Names that a user chose are inserted as text
// only, never as markup: by `append` here, and escaped by `plain` for Plotly.

const PREFIXES = [["G", 1e9], ["M", 1e6], ["K", 1e3]];

// The same rule as `tinypareto.units`: 999,950 would round to "1000.0 K", so it is already 1.0 M.
function scaled(value, unit) {
  for (const [prefix, factor] of PREFIXES) {
    if (value >= 0.99995 * factor) return `${(value / factor).toFixed(1)} ${prefix}${unit}`;
  }
  return `${Math.round(value)} ${unit}`.trimEnd();
}

const FORMATS = {
  share: (value) => `${(100 * value).toFixed(1)}%`,
  score: (value) => value.toFixed(4),
  bytes: (value) => scaled(value, "B"),
  count: (value) => scaled(value, "").trimEnd(),
  ms: (value) => `${value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)} ms`,
};

// Text of a metric's value, or a dash if the value is unknown.
function formatted(metric, value) {
  return value === null || value === undefined ? "-" : FORMATS[metric.kind](value);
}

// Divisor of the values on an axis, and the unit shown next to the axis's name.
const AXES = {
  share: { divisor: 0.01, unit: "%" },
  score: { divisor: 1, unit: "" },
  bytes: { divisor: 1e3, unit: "KB" },
  ms: { divisor: 1, unit: "ms" },
};

function axisOf(metric, largest) {
  if (metric.kind !== "count") return AXES[metric.kind];
  return largest >= 1e6 ? { divisor: 1e6, unit: "M" } : { divisor: 1e3, unit: "K" };
}

// Whether a metric is a score: linear on an axis that need not begin at zero.
function isScore(metric) {
  return metric.kind === "share" || metric.kind === "score";
}

// The name of a quantity with its unit, if it has one.
function withUnit(label, unit) {
  return unit ? `${label} (${unit})` : label;
}

function setting(value) {
  if (typeof value === "string") return value;
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}

// Escapes text for Plotly, which interprets some HTML tags in its texts.
function plain(text) {
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function short(text, length) {
  return text.length > length ? `${text.slice(0, length - 1)}\u2026` : text;
}

// Creates an element. Attributes that start with "on" are event listeners.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") made.style.cssText = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function byId(id) {
  return document.getElementById(id);
}
