/** Compares texts and documents: the shortest edit script (Myers 1986) over lines or words. Knows no page. */

const MOST_STEPS = 600;

/** Walk back through the kept frontiers of a search; return [kind, index in its own list] pairs in order. */
function walkBack(trail, before, after) {
  const script = [];
  let x = before.length;
  let y = after.length;
  for (let depth = trail.length - 1; depth >= 0; depth -= 1) {
    const reach = trail[depth];
    const k = x - y;
    const isDown = k === -depth || (k !== depth && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const previous = isDown ? k + 1 : k - 1;
    const startX = depth ? (reach.get(previous) ?? 0) : 0;
    const startY = startX - previous;
    while (x > startX && y > Math.max(startY, 0) && x > 0 && before[x - 1] === after[y - 1]) {
      x -= 1;
      y -= 1;
      script.push([" ", x]);
    }
    if (depth === 0) break;
    if (isDown) script.push(["+", (y -= 1)]);
    else script.push(["-", (x -= 1)]);
  }
  return script.reverse();
}

function search(before, after) {
  const trail = [];
  let reach = new Map([[1, 0]]);
  const most = Math.min(before.length + after.length, MOST_STEPS);
  for (let depth = 0; depth <= most; depth += 1) {
    trail.push(new Map(reach));
    for (let k = -depth; k <= depth; k += 2) {
      const isDown = k === -depth || (k !== depth && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = isDown ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x += 1;
      reach.set(k, x);
      if (x >= before.length && x - k >= after.length) return trail;
    }
  }
  return null;
}

function commonEnds(before, after) {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return [head, tail];
}

/** Return [kind, item] pairs that turn one list into the other; kind is " " (in both), "-" (only before) or "+" (only after). */
export function difference(before, after) {
  const [head, tail] = commonEnds(before, after);
  const left = before.slice(head, before.length - tail);
  const right = after.slice(head, after.length - tail);
  const trail = search(left, right);
  const script = trail ? walkBack(trail, left, right).map(([kind, at]) => [kind, kind === "+" ? right[at] : left[at]]) : null;
  const middle = script ?? [...left.map((item) => ["-", item]), ...right.map((item) => ["+", item])];
  const kept = (items) => items.map((item) => [" ", item]);
  return [...kept(before.slice(0, head)), ...middle, ...kept(tail ? before.slice(-tail) : [])];
}

/** Compare two texts line by line; an empty text has no lines. */
export function lineDifference(before, after) {
  const lines = (text) => (text ? text.split("\n") : []);
  return difference(lines(before), lines(after));
}

/** Compare two texts word by word; neighbouring pieces of one kind are joined, and the pieces add up to the texts. */
export function wordDifference(before, after) {
  const words = (text) => text.match(/\w+|\s+|[^\w\s]/gu) ?? [];
  const joined = [];
  for (const [kind, word] of difference(words(before), words(after))) {
    if (joined.at(-1)?.[0] === kind) joined.at(-1)[1] += word;
    else joined.push([kind, word]);
  }
  return joined;
}

function compareCells(before, after) {
  const old = new Map(before.map((cell, index) => [cell.id, { cell, index }]));
  const now = new Map(after.map((cell) => [cell.id, cell]));
  const kept = new Set(commonOrder(before, after));
  const rows = after.map((cell) => {
    const was = old.get(cell.id)?.cell;
    if (!was) return { id: cell.id, status: "added", before: "", after: cell.source, cellType: cell.cell_type };
    const isSame = was.source === cell.source && was.cell_type === cell.cell_type;
    const status = isSame ? (kept.has(cell.id) ? "same" : "moved") : "changed";
    return { id: cell.id, status, before: was.source, after: cell.source, cellType: cell.cell_type, was: was.cell_type };
  });
  for (const { cell, index } of old.values()) {
    if (now.has(cell.id)) continue;
    const row = { id: cell.id, status: "removed", before: cell.source, after: "", cellType: cell.cell_type };
    rows.splice(Math.min(index, rows.length), 0, row);
  }
  return rows;
}

function commonOrder(before, after) {
  const ids = (cells) => cells.map((cell) => cell.id);
  return difference(ids(before), ids(after)).filter(([kind]) => kind === " ").map(([, id]) => id);
}

/** Compare the documents of two moments ([{path, cells}, ...] each): {path, status, cells: [{id, status, before, after}]} per path. */
export function compareDocuments(before, after) {
  const old = new Map(before.map((document) => [document.path, document]));
  const now = new Map(after.map((document) => [document.path, document]));
  return [...new Set([...old.keys(), ...now.keys()])].map((path) => {
    const cells = compareCells(old.get(path)?.cells ?? [], now.get(path)?.cells ?? []);
    const status = !old.has(path) ? "added" : !now.has(path) ? "removed" : cells.some((cell) => cell.status !== "same") ? "changed" : "same";
    return { path, status, cells };
  });
}
