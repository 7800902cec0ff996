/** What the timeline shows, computed from the records: pure functions, so that the picture, the list and the tests share one truth. */

export const MINUTE_MS = 60_000;

/** Groups of sources that share a colour: [group, name, sources]. */
export const SOURCE_GROUPS = [
  ["type", "typed", ["type", "compose"]],
  ["paste", "pasted or dropped", ["paste", "drop"]],
  ["complete", "completion", ["complete", "inline"]],
  ["undo", "undo, redo, cut", ["undo", "redo", "cut"]],
  ["replace", "find and replace, cells moved", ["replace", "cells"]],
  ["programmatic", "program or unknown", ["programmatic", "unknown"]],
];
const GROUP_OF = new Map(SOURCE_GROUPS.flatMap(([group, , sources]) => sources.map((source) => [source, group])));

/** Return the group of a source; a source that is not known belongs to "program or unknown". */
export function groupOf(source) {
  return GROUP_OF.get(source) ?? "programmatic";
}

/** What the recorder and the server say by themselves: no work of a person, so a pause goes on through it. */
const QUIET = new Set(["heartbeat", "server_started", "server_heartbeat", "server_execute", "server_executed", "server_save", "server_kernel", "server_file"]);

/** Return whether an event is something that a person did or met. */
export function isLively({ type }) {
  return !QUIET.has(type);
}

/** Flags that say that something is missing from the recording; any other flag is a fact about a whole one. */
const INCOMPLETE = new Set(["gap", "dropped", "silent", "unseen_save", "unseen_execution"]);

/** Return whether a flag says that the recording is not whole where it stands. */
export function isIncomplete({ kind }) {
  return INCOMPLETE.has(kind);
}

/**
 * Return the flags that say of a document that its record is incomplete at a position: those that cover the position, and holes in the events of
 * the page that the document is from, until its next snapshot: what was changed in such a hole nobody knows.
 */
export function incompleteAt(flags, records, position, { path, client, since }) {
  const covers = (flag) => flag.from_position <= position && position <= flag.to_position && (!flag.path || flag.path === path);
  const pageOf = (flag) => records[flag.to_position - 1]?.client;
  const isOpenHole = (flag) => flag.kind === "gap" && !flag.path && since < flag.to_position && flag.to_position <= position && pageOf(flag) === client;
  return flags.filter((flag) => isIncomplete(flag) && (covers(flag) || isOpenHole(flag)));
}

function editSize(event) {
  return event.ops.reduce((sum, op) => sum + op[1] + op[2].length, 0);
}

function cellsSize(event) {
  return event.ops.reduce((sum, op) => sum + op[2].reduce((all, cell) => all + cell.source.length, 0), 0);
}

/** Sum inserted and deleted units per time slice and group of sources; cells that were pasted or dropped count as what they hold. */
export function typingBins(records, durationMs, count = 300) {
  const bins = Array.from({ length: count }, () => ({}));
  for (const { ms, event } of records) {
    const isPastedCells = event.type === "cells_changed" && groupOf(event.source) === "paste";
    if (event.type !== "edit" && !isPastedCells) continue;
    const bin = bins[Math.min(count - 1, Math.floor((ms / (durationMs || 1)) * count))];
    const group = groupOf(event.source);
    bin[group] = (bin[group] ?? 0) + (isPastedCells ? cellsSize(event) : editSize(event));
  }
  return bins;
}

/** Return the spans [from, to] in which every page was blurred or hidden. */
export function awaySpans(records, durationMs) {
  const spans = [];
  let windows = new Map();
  let left = null;
  for (const { client, ms, event } of records) {
    if (event.type === "client_started") windows = new Map([[client, { isBlurred: false, isHidden: false }]]);
    else if (event.type === "focus") windows.set(client, afterFocus(windows.get(client), event.state));
    else continue;
    const isAway = [...windows.values()].every((page) => page.isBlurred || page.isHidden);
    if (isAway) left ??= ms;
    else if (left !== null) {
      spans.push([left, ms]);
      left = null;
    }
  }
  return left === null ? spans : [...spans, [left, durationMs]];
}

function afterFocus(page = { isBlurred: false, isHidden: false }, state) {
  if (state === "focus") return { isBlurred: false, isHidden: false };
  if (state === "blur") return { ...page, isBlurred: true };
  if (state === "hidden") return { ...page, isHidden: true };
  return state === "visible" ? { ...page, isHidden: false } : page;
}

/** Return whether the focus of the page was recorded at all. */
export function isFocusRecorded(records) {
  return records.some(({ event }) => event.type === "focus");
}

/** What a person does in a document. Autosaves and late results come from documents that nobody looks at. */
const WORK = new Set(["notebook_opened", "file_opened", "edit", "cells_changed", "execution_started", "active_cell", "selection", "scrolled"]);

/** Return whether an event is work in a document. */
export function isWork({ type }) {
  return WORK.has(type);
}

/** Return the spans {from, to, path} in which one document was worked on, until work in another one began. */
export function problemSpans(records, durationMs) {
  const spans = [];
  for (const { ms, event } of records) {
    if (!isWork(event) || !event.path) continue;
    const last = spans.at(-1);
    if (last?.path === event.path) continue;
    if (last) last.to = ms;
    spans.push({ from: ms, to: durationMs, path: event.path });
  }
  return spans.filter(({ from, to }) => to > from || spans.length === 1);
}

const MARKS = new Set(["client_started", "submit_requested", "kernel_changed", "pasted", "execution_finished", "detail_dropped", "file_opened", "notebook_opened"]);
const isFocus = (event) => event.type === "focus" && (event.state === "blur" || event.state === "hidden");

/**
 * Return what is worth a row of its own, in order: {position, ms, kind, event?, flag?}. `kind` is run, failed, pasted, kernel, away, page, opened,
 * submit or flag.
 */
export function notable(records, flags) {
  const rows = [];
  records.forEach(({ ms, event }, index) => {
    if (MARKS.has(event.type) || isFocus(event)) rows.push({ position: index + 1, ms, kind: kindOfMark(event), event });
  });
  for (const flag of flags) rows.push({ position: flag.from_position, ms: flag.from_ms, kind: "flag", flag });
  return rows.sort((a, b) => a.ms - b.ms || a.position - b.position);
}

function kindOfMark(event) {
  if (event.type === "execution_finished") return event.ok ? "run" : "failed";
  const kinds = { pasted: "pasted", kernel_changed: "kernel", focus: "away", submit_requested: "submit", notebook_opened: "opened", file_opened: "opened" };
  return kinds[event.type] ?? "page";
}
