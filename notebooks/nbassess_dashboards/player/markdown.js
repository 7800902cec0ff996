/** Draws the small part of Markdown that problem texts use, as elements made here: no HTML of the text is ever interpreted. */
import { drawnSafely, element } from "./dom.js";

// Beyond these, Markdown would take too long to draw; the text is shown as it is.
const MOST_CHARACTERS = 20000;
const MOST_LINES = 1000;

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|\*(\S.*?)\*|\[([^\]]+)\]\([^)]*\)/g;

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    const [, , code, strong, emphasis, label] = match;
    if (code !== undefined) nodes.push(element("code", { text: code }));
    else if (strong !== undefined) nodes.push(element("strong", {}, ...inline(strong)));
    else if (emphasis !== undefined) nodes.push(element("em", {}, ...inline(emphasis)));
    else nodes.push(element("span", { class: "nbr-link", text: label }));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

function row(line, tag) {
  const cells = line.replace(/^\s*\|?|\|?\s*$/g, "").split("|");
  return element("tr", {}, ...cells.map((cell) => element(tag, {}, ...inline(cell.trim()))));
}

// Each `test` looks at no more than two lines.
const BLOCKS = [
  {
    test: (lines) => /^\s*(```|~~~)/.test(lines[0]),
    take: (lines) => {
      const close = lines.findIndex((line, index) => index > 0 && /^\s*(```|~~~)\s*$/.test(line));
      const end = close < 0 ? lines.length : close;
      return [end + 1, element("pre", {}, element("code", { text: lines.slice(1, end).join("\n") }))];
    },
  },
  {
    test: (lines) => /^#{1,6}\s/.test(lines[0]),
    take: (lines) => {
      const [, marks, title] = /^(#+)\s([^]*)$/.exec(lines[0]);
      const text = title.trim().replace(/(?<!#)#+$/, "").trimEnd();
      return [1, element("p", { class: `nbr-heading nbr-heading-${marks.length}` }, ...inline(text))];
    },
  },
  {
    test: (lines) => lines.length > 1 && lines[0].includes("|") && /^\s*\|?\s*:?-{2,}/.test(lines[1]),
    take: (lines) => {
      const stop = lines.findIndex((line, index) => index > 1 && !line.includes("|"));
      const end = stop < 0 ? lines.length : stop;
      const body = element("tbody", {}, ...lines.slice(2, end).map((line) => row(line, "td")));
      return [end, element("table", {}, element("thead", {}, row(lines[0], "th")), body)];
    },
  },
  {
    test: (lines) => /^\s*([-*+]|\d+[.)])\s/.test(lines[0]),
    take: (lines) => {
      const isOrdered = /^\s*\d/.test(lines[0]);
      const items = [];
      let count = 0;
      while (count < lines.length && /^(\s*([-*+]|\d+[.)])\s|\s{2,}\S)/.test(lines[count])) {
        const item = /^\s*(?:[-*+]|\d+[.)])\s+([^]*)$/.exec(lines[count]);
        if (item) items.push(item[1]);
        else items.push(`${items.pop()} ${lines[count].trim()}`);
        count += 1;
      }
      return [count, element(isOrdered ? "ol" : "ul", {}, ...items.map((item) => element("li", {}, ...inline(item))))];
    },
  },
];

function paragraph(lines) {
  let count = 1;
  while (count < lines.length && lines[count].trim() && !BLOCKS.some(({ test }) => test(lines.slice(count, count + 2)))) count += 1;
  return [count, element("p", {}, ...inline(lines.slice(0, count).join(" ")))];
}

function drawnBlocks(allLines) {
  const nodes = [];
  let lines = allLines;
  while (lines.length) {
    if (!lines[0].trim()) {
      lines = lines.slice(1);
      continue;
    }
    const found = BLOCKS.find(({ test }) => test(lines));
    const [count, node] = found ? found.take(lines) : paragraph(lines);
    nodes.push(node);
    lines = lines.slice(count);
  }
  return nodes;
}

/** Return the elements of a Markdown text; of one that is too long, the text itself. */
export function markdownElements(source) {
  const lines = source.split("\n");
  if (source.length > MOST_CHARACTERS || lines.length > MOST_LINES) {
    const note = element("p", { class: "nbr-note", text: "This text is too long to be drawn; here it is as it was typed." });
    return [note, element("pre", { class: "nbr-source" }, element("code", { text: source }))];
  }
  return [drawnSafely(() => drawnBlocks(lines))].flat();
}
