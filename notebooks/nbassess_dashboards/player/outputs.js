/**
 * Draws recorded outputs inertly. They were made by code under assessment, so nothing in them may run, load or navigate:
 * text becomes text, images become data URIs, and HTML is shown in a frame without scripts, origin or network.
 */
import { drawnSafely, element } from "./dom.js";

const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const FRAME_STYLE =
  "body{margin:4px;font:13px system-ui,sans-serif;color:#1b1b1b;background:#fff}table{border-collapse:collapse}" +
  "th,td{padding:2px 8px;text-align:right;border-bottom:1px solid #ddd}thead th{border-bottom:1px solid #888}";
const INERT_REMOVED =
  "script,base,meta,link,iframe,frame,object,embed,form,applet,portal,template,animate,animateMotion,animateTransform,set,audio,video";
const MOST_TURNS = 8;
const LEADING = /^(href|xlink:href|src|srcset|poster|background|action|formaction|ping|target|srcdoc|autofocus)$/i;

function joined(text) {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

/** Return text without terminal escape sequences. */
export function withoutAnsi(text) {
  return text.replace(ANSI, "");
}

function block(kind, text) {
  return element("pre", { class: `nbr-output nbr-output-${kind}`, text: withoutAnsi(text), tabindex: "0" });
}

function picture(type, data) {
  const text = joined(data);
  if (type === "image/svg+xml") return image(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(text.toWellFormed())}`);
  const packed = text.replace(/\s/g, "");
  if (!BASE64.test(packed)) return block("text", `(${type} that cannot be read)`);
  return image(`data:${type};base64,${packed}`);
}

function image(url) {
  return element("img", { class: "nbr-output nbr-output-image", src: url, alt: "Picture shown by the cell (recorded output)" });
}

/** Return HTML without what could act: parsed, stripped and written again, until parsing what was written finds nothing more. */
function stripped(html) {
  let text = html;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    parsed.querySelectorAll(INERT_REMOVED).forEach((node) => node.remove());
    parsed.querySelectorAll("*").forEach((node) => {
      for (const name of node.getAttributeNames()) {
        const isPicture = name === "src" && node.getAttribute(name).trim().startsWith("data:image/");
        if (/^on/i.test(name) || (LEADING.test(name) && !isPicture)) node.removeAttribute(name);
      }
    });
    const written = parsed.head.innerHTML + parsed.body.innerHTML;
    if (written === text) return text;
    text = written;
  }
  return "<p>(output that cannot be shown safely)</p>";
}

/** Return an HTML output as the text of a frame, under a policy that loads nothing. */
export function frameText(html) {
  const head = `<meta http-equiv="Content-Security-Policy" content="${FRAME_POLICY}"><style>${FRAME_STYLE}</style>`;
  return `<!DOCTYPE html><html lang="en"><head>${head}</head><body>${stripped(html)}</body></html>`;
}

/** A frame says above it whose it is: what it shows may look like a part of this page. */
function frame(html) {
  const rows = (html.match(/<tr[\s>]/gi) ?? []).length;
  const height = Math.min(420, 40 + 26 * Math.max(2, rows));
  const inner = element("iframe", {
    class: "nbr-output-frame",
    sandbox: "",
    srcdoc: frameText(html),
    title: "HTML shown by the cell (recorded output, inert)",
    style: `height:${height}px`,
    loading: "lazy",
    referrerpolicy: "no-referrer",
  });
  return element("figure", { class: "nbr-output nbr-framed" }, element("figcaption", { text: "Shown by the candidate's code" }), inner);
}

const RENDERERS = [
  ["image/png", (data) => picture("image/png", data)],
  ["image/jpeg", (data) => picture("image/jpeg", data)],
  ["image/svg+xml", (data) => picture("image/svg+xml", data)],
  ["text/html", (data) => frame(joined(data))],
  ["text/plain", (data) => block("text", joined(data))],
];

function bundle(data) {
  const found = RENDERERS.find(([type]) => data[type] !== undefined);
  if (found) return found[1](data[found[0]]);
  return block("text", `(output of type ${Object.keys(data).join(", ") || "unknown"}, not shown)`);
}

function drawnOutput(output) {
  if (output.output_type === "stream") return block(output.name === "stderr" ? "stderr" : "stdout", joined(output.text));
  if (output.output_type === "error") {
    const lines = joined([output.traceback ?? []].flat().map((line) => `${line}\n`));
    return block("error", lines || `${output.ename}: ${output.evalue}`);
  }
  return bundle(output.data ?? {});
}

/** Return the element of one recorded output (nbformat 4; whoever recorded it may have kept to that or not). */
export function outputElement(output) {
  return drawnSafely(() => drawnOutput(output));
}
