/** Shows one document as it was: cells with their text, what they last showed, and where the latest edit happened. */
import { FILE_CELL, keyOf } from "./document.js";
import { element } from "./dom.js";
import { insertedRanges, lineRange, markedPieces, pythonPieces } from "./highlight.js";
import { markdownElements } from "./markdown.js";
import { outputElement } from "./outputs.js";

const LONGEST_COLOURED = 60000;
const NAMES = { code: "Code", markdown: "Text", raw: "Raw", file: "File" };
const NO_TRACE = { marks: [], caret: null, key: "" };

/** Return what an edit left behind in its cell, and which lines were selected: marked ranges and where the caret is. */
function traceOf(event, selection, cell) {
  if (event?.type === "edit" && event.cell === cell.id && event.ops.length) {
    const [position, , inserted] = event.ops.at(-1);
    const marks = insertedRanges(event.ops).map(([low, high]) => [low, high, `mark-${event.source}`]);
    return { marks, caret: position + inserted.length, key: JSON.stringify(marks) };
  }
  if (selection?.cell !== cell.id) return NO_TRACE;
  const [low, high] = lineRange(cell.source, selection.first_line, selection.last_line);
  const name = selection.length ? "selected" : "cursor-line";
  return high > low ? { marks: [[low, high, name]], caret: null, key: `${name} ${low} ${high}` } : NO_TRACE;
}

function sourceNodes(text, isPython, { marks, caret }) {
  const pieces = isPython && text.length <= LONGEST_COLOURED ? pythonPieces(text) : [[text, ""]];
  const borders = caret === null ? marks : [...marks, [caret, caret, ""]];
  const nodes = [];
  let offset = 0;
  const place = () => {
    if (offset === caret) nodes.push(element("span", { class: "nbr-caret", "aria-hidden": "true" }));
  };
  for (const [piece, kind, names] of markedPieces(pieces, borders)) {
    place();
    const isMark = names.some((name) => name.startsWith("mark-"));
    const classes = [kind, isMark && "mark", ...names].filter(Boolean).map((name) => `nbr-${name}`).join(" ");
    nodes.push(classes ? element(isMark ? "mark" : "span", { class: classes, text: piece }) : piece);
    offset += piece.length;
  }
  place();
  return nodes;
}

function isPythonText(cell, path) {
  return cell.cell_type === "code" || (cell.cell_type === "file" && /\.pyw?$/.test(path));
}

class CellView {
  constructor(cell) {
    this.prompt = element("span", { class: "nbr-prompt" });
    this.body = element("div", { class: "nbr-body" });
    this.outputs = element("div", { class: "nbr-outputs" });
    this.node = element("article", { class: "nbr-cell", "data-cell": cell.id }, this.prompt, this.body, this.outputs);
    this.last = { trace: NO_TRACE };
  }

  update({ path, cell, event, selection, shown, isRunning, isActive, isOnScreen }) {
    const trace = traceOf(event, selection, cell);
    if (cell !== this.last.cell || trace.key !== this.last.trace.key) this.#drawSource(cell, path, trace);
    if (shown !== this.last.shown) this.#drawOutputs(shown);
    const isCode = cell.cell_type === "code";
    this.prompt.textContent = isCode ? `In [${isRunning ? "*" : (shown?.count ?? " ")}]` : "";
    this.node.classList.toggle("nbr-running", isRunning);
    this.node.classList.toggle("nbr-active", isActive);
    this.node.classList.toggle("nbr-on-screen", isOnScreen);
    this.node.classList.toggle("nbr-failed", shown?.ok === false && !isRunning);
    const states = [isActive && "active", isRunning && "running", shown && (shown.ok ? "ran without error" : "failed"), isOnScreen && "on the candidate's screen"];
    const name = cell.id === FILE_CELL ? `File ${path}` : `${NAMES[cell.cell_type] ?? "Cell"} cell ${cell.id}`;
    this.node.setAttribute("aria-label", [name, ...states.filter(Boolean)].join(", "));
    this.last = { cell, shown, trace };
  }

  #drawSource(cell, path, trace) {
    const isDrawnText = cell.cell_type === "markdown" && trace === NO_TRACE && cell.source.trim();
    if (isDrawnText) {
      this.body.replaceChildren(element("div", { class: "nbr-markdown" }, ...markdownElements(cell.source)));
      return;
    }
    const code = element("code", {}, ...sourceNodes(cell.source, isPythonText(cell, path), trace));
    this.body.replaceChildren(element("pre", { class: "nbr-source" }, code));
  }

  #drawOutputs(shown) {
    const nodes = (shown?.outputs ?? []).map(outputElement);
    if (shown?.truncated) nodes.push(element("p", { class: "nbr-note", text: "The rest of this output was cut off when it was recorded." }));
    this.outputs.replaceChildren(...nodes);
  }
}

/** Return the ids of the cells that were on the candidate's screen, as far as that was recorded. */
function onScreen(document, screen) {
  if (screen?.path !== document.path) return new Set();
  const ids = document.cells.map((cell) => cell.id);
  const [first, last] = [ids.indexOf(screen.first_cell), ids.indexOf(screen.last_cell)];
  return new Set(first < 0 || last < first ? [] : ids.slice(first, last + 1));
}

/** The cells of one document; elements are kept while their cell lives, so that playing does not flicker. */
export class NotebookView {
  constructor() {
    this.warning = element("div", { class: "nbr-warning nbr-hatched", role: "note" });
    this.list = element("div", { class: "nbr-cells" });
    this.node = element("div", { class: "nbr-notebook" }, this.warning, this.list);
    this.views = new Map();
  }

  /**
   * Show `document` at `state`; `event` is the latest event if it was about this document, `holes` the sentences about what is missing here.
   * Return the element to look at.
   */
  update(document, state, event, holes) {
    this.#warn(document, state, holes);
    const kept = new Map();
    const seen = onScreen(document, state.screen);
    const selection = state.selection?.path === document.path ? state.selection : null;
    let target = null;
    for (const cell of document.cells) {
      let key = keyOf(document.path, cell.id);
      while (kept.has(key)) key = keyOf(key, "again");
      const view = this.views.get(key) ?? new CellView(cell);
      kept.set(key, view);
      const isActive = state.active[0] === document.path && state.active[1] === cell.id;
      const place = keyOf(document.path, cell.id);
      const [shown, isRunning] = [state.shown.get(place), state.running.has(place)];
      view.update({ path: document.path, cell, event, selection, shown, isRunning, isActive, isOnScreen: seen.has(cell.id) });
      if (event?.cell === cell.id) target = view.node;
      else if (isActive && !target) target = view.node;
    }
    this.views = kept;
    this.#arrange([...kept.values()].map((view) => view.node));
    return target;
  }

  #warn(document, state, holes) {
    const sentences = [...holes];
    if (!document.isComplete && !sentences.length) {
      const gap = state.gaps.findLast(({ path }) => path === document.path);
      sentences.push(`Record incomplete since event ${gap?.position}: ${gap?.reason}.`);
    }
    this.warning.hidden = !sentences.length;
    const rest = "Shown is only what was recorded; nothing is filled in. The next full snapshot of this document ends the gap.";
    const key = sentences.join(" ");
    if (key === this.warned) return;
    this.warned = key;
    this.warning.replaceChildren(...[...sentences, rest].map((text) => element("p", { text })));
  }

  #arrange(nodes) {
    nodes.forEach((node, index) => {
      const present = this.list.children[index];
      if (present !== node) this.list.insertBefore(node, present ?? null);
    });
    while (this.list.children.length > nodes.length) this.list.lastChild.remove();
  }
}
