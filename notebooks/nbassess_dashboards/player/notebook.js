/** Shows one document as it was: cells with their text, what they last showed, and where the latest edit happened. */
import { element } from "./dom.js";
import { keyOf } from "./engine.js";
import { insertedRanges, markedPieces, pythonPieces } from "./highlight.js";
import { markdownElements } from "./markdown.js";
import { outputElement } from "./outputs.js";

const LONGEST_COLOURED = 60000;
const NAMES = { code: "Code", markdown: "Text", raw: "Raw" };

/** Return what an edit left behind in its cell: marked ranges and where the caret is. */
function traceOf(event, cell) {
  if (event?.type !== "edit" || event.cell !== cell.id || !event.ops.length) return { marks: [], caret: null, source: "" };
  const [position, , inserted] = event.ops.at(-1);
  return { marks: insertedRanges(event.ops), caret: position + inserted.length, source: event.source };
}

function sourceNodes(text, isPython, { marks, caret, source }) {
  const pieces = isPython && text.length <= LONGEST_COLOURED ? pythonPieces(text) : [[text, ""]];
  const borders = caret === null ? marks : [...marks, [caret, caret]];
  const nodes = [];
  let offset = 0;
  const place = () => {
    if (offset === caret) nodes.push(element("span", { class: "nbr-caret", "aria-hidden": "true" }));
  };
  for (const [piece, kind, isMarked] of markedPieces(pieces, borders)) {
    place();
    const classes = [kind && `nbr-${kind}`, isMarked && `nbr-mark nbr-mark-${source}`].filter(Boolean).join(" ");
    nodes.push(classes ? element(isMarked ? "mark" : "span", { class: classes, text: piece }) : piece);
    offset += piece.length;
  }
  place();
  return nodes;
}

class CellView {
  constructor(cell) {
    this.prompt = element("span", { class: "nbr-prompt" });
    this.body = element("div", { class: "nbr-body" });
    this.outputs = element("div", { class: "nbr-outputs" });
    this.node = element("article", { class: "nbr-cell", "data-cell": cell.id }, this.prompt, this.body, this.outputs);
    this.last = {};
  }

  update({ cell, event, shown, isRunning, isActive }) {
    const trace = traceOf(event, cell);
    const hasTrace = trace.caret !== null;
    if (cell !== this.last.cell || hasTrace || this.last.hasTrace) this.#drawSource(cell, trace);
    if (shown !== this.last.shown) this.#drawOutputs(shown);
    const isCode = cell.cell_type === "code";
    this.prompt.textContent = isCode ? `In [${isRunning ? "*" : (shown?.count ?? " ")}]` : "";
    this.node.classList.toggle("nbr-running", isRunning);
    this.node.classList.toggle("nbr-active", isActive);
    this.node.classList.toggle("nbr-failed", shown?.ok === false && !isRunning);
    const states = [isActive && "active", isRunning && "running", shown && (shown.ok ? "ran without error" : "failed")];
    this.node.setAttribute("aria-label", [`${NAMES[cell.cell_type] ?? "Cell"} cell ${cell.id}`, ...states.filter(Boolean)].join(", "));
    this.last = { cell, shown, hasTrace };
  }

  #drawSource(cell, trace) {
    const isDrawnText = cell.cell_type === "markdown" && trace.caret === null && cell.source.trim();
    if (isDrawnText) {
      this.body.replaceChildren(element("div", { class: "nbr-markdown" }, ...markdownElements(cell.source)));
      return;
    }
    const code = element("code", {}, ...sourceNodes(cell.source, cell.cell_type === "code", trace));
    this.body.replaceChildren(element("pre", { class: "nbr-source" }, code));
  }

  #drawOutputs(shown) {
    const nodes = (shown?.outputs ?? []).map(outputElement);
    if (shown?.truncated) nodes.push(element("p", { class: "nbr-note", text: "The rest of this output was cut off when it was recorded." }));
    this.outputs.replaceChildren(...nodes);
  }
}

/** The cells of one document; elements are kept while their cell lives, so that playing does not flicker. */
export class NotebookView {
  constructor() {
    this.warning = element("p", { class: "nbr-warning", role: "note" });
    this.list = element("div", { class: "nbr-cells" });
    this.node = element("div", { class: "nbr-notebook" }, this.warning, this.list);
    this.views = new Map();
  }

  /** Show `document` at `state`; `event` is the latest event if it was about this document. Return the element to look at. */
  update(document, state, event) {
    this.#warn(document, state);
    const kept = new Map();
    let target = null;
    for (const cell of document.cells) {
      let key = cell.id;
      while (kept.has(key)) key = keyOf(key, "again");
      const view = this.views.get(key) ?? new CellView(cell);
      kept.set(key, view);
      const isActive = state.active[0] === document.path && state.active[1] === cell.id;
      const place = keyOf(document.path, cell.id);
      view.update({ cell, event, shown: state.shown.get(place), isRunning: state.running.has(place), isActive });
      if (event?.cell === cell.id) target = view.node;
      else if (isActive && !target) target = view.node;
    }
    this.views = kept;
    this.#arrange([...kept.values()].map((view) => view.node));
    return target;
  }

  #warn(document, state) {
    const gap = document.isComplete ? null : state.gaps.findLast(({ path }) => path === document.path);
    this.warning.hidden = !gap;
    this.warning.textContent = gap
      ? `Gap in the recording since event ${gap.position}: ${gap.reason}. Shown is what is known for certain; the next full snapshot ends the gap.`
      : "";
  }

  #arrange(nodes) {
    nodes.forEach((node, index) => {
      const present = this.list.children[index];
      if (present !== node) this.list.insertBefore(node, present ?? null);
    });
    while (this.list.children.length > nodes.length) this.list.lastChild.remove();
  }
}
