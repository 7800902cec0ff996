/** The pane that shows what changed between two moments. Signs and words say it; colour only helps. */
import { compareDocuments, lineDifference, wordDifference } from "./diff.js";
import { clockText, element } from "./dom.js";

const STATUS = { added: "added", removed: "removed", changed: "changed", moved: "moved", same: "unchanged" };
const CONTEXT = 3;
const SPOKEN = { "+": "added: ", "-": "removed: " };

function line(kind, text) {
  const name = kind === "+" ? "ins" : kind === "-" ? "del" : "span";
  const spoken = SPOKEN[kind] ? element("span", { class: "nbr-spoken", text: SPOKEN[kind] }) : "";
  return element(name, { class: "nbr-line" }, element("span", { class: "nbr-sign", "aria-hidden": "true", text: kind }), spoken, text || " ");
}

/** Leave out unchanged lines that are far from every change. */
function folded(lines) {
  const isNear = lines.map((_, index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([kind]) => kind !== " "));
  const nodes = [];
  let hidden = 0;
  const flush = () => {
    if (hidden) nodes.push(element("span", { class: "nbr-line nbr-quiet", text: `  … ${hidden} unchanged line${hidden === 1 ? "" : "s"}` }));
    hidden = 0;
  };
  lines.forEach(([kind, text], index) => {
    if (!isNear[index]) {
      hidden += 1;
      return;
    }
    flush();
    nodes.push(line(kind, text));
  });
  flush();
  return nodes;
}

function words(pieces) {
  return pieces.map(([kind, text]) => {
    if (kind === " ") return text;
    const spoken = element("span", { class: "nbr-spoken", text: `[${SPOKEN[kind]}` });
    return element(kind === "+" ? "ins" : "del", { class: "nbr-word" }, spoken, text, element("span", { class: "nbr-spoken", text: "]" }));
  });
}

function cellPart(cell, isByWord) {
  const type = cell.was && cell.was !== cell.cellType ? `, ${cell.was} became ${cell.cellType}` : "";
  const head = element("p", { class: "nbr-cell-name", text: `Cell ${cell.id}: ${STATUS[cell.status]}${type}` });
  if (cell.before === cell.after) return element("div", {}, head);
  const nodes = isByWord ? words(wordDifference(cell.before, cell.after)) : folded(lineDifference(cell.before, cell.after));
  return element("div", {}, head, element("pre", { class: `nbr-diff ${isByWord ? "nbr-diff-words" : "nbr-diff-lines"}`, tabindex: "0" }, ...nodes));
}

/** Compares what stood in all documents at the marks A and B; without B, at A and the moment shown. */
export class CompareView {
  constructor(replay, onChange) {
    this.replay = replay;
    this.onChange = onChange;
    this.marks = { A: null, B: null };
    this.isByWord = false;
    this.title = element("strong", { id: `nbr-compare-${Math.random().toString(36).slice(2)}` });
    const choose = (event) => {
      this.isByWord = event.target.value === "words";
      this.key = "";
      this.onChange();
    };
    const options = [element("option", { value: "lines", text: "lines" }), element("option", { value: "words", text: "words" })];
    const choice = element("select", { "aria-label": "Compare by", on: { change: choose } }, ...options);
    const close = element("button", { type: "button", class: "nbr-button", text: "Close", on: { click: () => this.clear() } });
    this.body = element("div", { class: "nbr-scroll" });
    const head = element("div", { class: "nbr-group" }, this.title, element("label", {}, "by ", choice), close);
    this.node = element("section", { class: "nbr-compare", "aria-labelledby": this.title.id, hidden: true }, head, this.body);
    this.key = "";
  }

  /** Set mark A or B to a position. */
  mark(name, position) {
    this.marks[name] = position;
    this.onChange();
  }

  /** Take both marks away. */
  clear() {
    this.marks = { A: null, B: null };
    this.onChange();
  }

  /** Return the times of the marks, null for one that is not set. */
  times() {
    const timeOf = (position) => (position === null ? null : this.replay.msAt(position));
    return { A: timeOf(this.marks.A), B: timeOf(this.marks.B) };
  }

  /** Draw the comparison if there is a mark. `documentsAt` returns the documents of a position. */
  update(position, documentsAt) {
    const { A, B } = this.marks;
    this.node.hidden = A === null && B === null;
    if (this.node.hidden) return;
    const [from, to] = [A ?? position, B ?? position];
    const key = JSON.stringify([A, B, from, to, this.isByWord]);
    if (key === this.key) return;
    this.key = key;
    this.title.textContent = `${this.#name(A, "A", from)} compared with ${this.#name(B, "B", to)}`;
    this.body.replaceChildren(...this.#parts(compareDocuments(documentsAt(from), documentsAt(to))));
  }

  #name(mark, name, position) {
    return `${mark === null ? "this moment" : name} (${clockText(this.replay.msAt(position))})`;
  }

  #parts(documents) {
    const changed = documents.filter(({ status }) => status !== "same");
    if (!changed.length) return [element("p", { class: "nbr-quiet", text: "Nothing in the documents differs between these moments." })];
    return changed.map(({ path, status, cells }) => {
      const shown = cells.filter((cell) => cell.status !== "same");
      const rest = cells.length - shown.length;
      const note = rest ? element("p", { class: "nbr-quiet", text: `${rest} other cell${rest === 1 ? "" : "s"} unchanged` }) : "";
      const head = element("p", { class: "nbr-path", text: `${path}: ${STATUS[status]}` });
      return element("div", {}, head, ...shown.map((cell) => cellPart(cell, this.isByWord)), note);
    });
  }
}
