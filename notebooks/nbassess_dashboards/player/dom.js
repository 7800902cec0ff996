/** Makes elements. Text always goes in as text: nothing that was recorded is ever parsed as HTML of this page. */

/** Return an element with attributes (`text` is its text, `on` its listeners) and children; null attributes are left out. */
export function element(tag, attributes = {}, ...children) {
  const { text, on, ...rest } = attributes;
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(rest)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, listener] of Object.entries(on ?? {})) node.addEventListener(name, listener);
  if (text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

/** Return what `draw` returns, or a line that says so if it cannot: one recorded thing must not stop the page around it. */
export function drawnSafely(draw) {
  try {
    return draw();
  } catch (error) {
    console.warn("nbassess: something recorded cannot be shown", error);
    return element("p", { class: "nbr-note", text: "(cannot be shown)" });
  }
}

/** Return an SVG element with attributes and children. */
export function vector(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

const ICONS = {
  play: "M5 3l9 5-9 5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  start: "M3 3h2v10H3zM14 3v10L6 8z",
  end: "M11 3h2v10h-2zM2 3v10l8-5z",
};

/** Return a picture for a button; the button itself carries the name. */
export function icon(name) {
  return vector("svg", { class: "nbr-icon", viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, vector("path", { d: ICONS[name] }));
}

/** Write a duration as 1:02:03 or 02:03. */
export function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":");
}

/** Read a time of an address: seconds ("1830", "12.5") or a clock ("30:30", "1:02:03"), as milliseconds; null when it is neither. */
export function readTime(text) {
  if (!/^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(text ?? "")) return null;
  return Math.round(text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000);
}

/** Write a duration for a screen reader. */
export function spokenTime(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units = [[Math.floor(seconds / 3600), "hour"], [Math.floor(seconds / 60) % 60, "minute"], [seconds % 60, "second"]];
  const said = units.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.join(" ") || "0 seconds";
}
