/** Says in words what an event was: for the caption under the controls and for screen readers. Neutral words: what happened, never why. */

const SOURCES = {
  type: "typed",
  compose: "typed with an input method",
  paste: "pasted",
  drop: "dropped",
  cut: "cut",
  undo: "undid",
  redo: "redid",
  complete: "completed with Tab",
  inline: "completed by a suggestion",
  replace: "replaced by find and replace",
  cells: "moved with a cell",
  programmatic: "changed by a program",
  unknown: "changed (source not known)",
};
const ACTIONS = {
  insert: "inserted",
  delete: "deleted",
  move: "moved",
  type: "changed in type",
  split: "split",
  merge: "merged",
  paste: "pasted",
  cut: "cut",
  other: "changed",
};
const FOCUS = {
  focus: "The page has the focus",
  blur: "The page lost the focus",
  visible: "The page is visible",
  hidden: "The page is hidden",
  fullscreen: "The page fills the screen",
  windowed: "The page no longer fills the screen",
};
const ROUTES = { paste: "Paste", drop: "Drop", cells: "Paste of cells" };
const SEEN = { cell: "an own cell", prompt: "the problem's text", output: "an own output", copied: "what was copied in this page" };
const LONGEST_QUOTE = 60;

/** Write a number with its noun. */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function quote(text) {
  const line = text.replace(/\s+/g, " ").trim();
  if (!line) return "";
  return line.length > LONGEST_QUOTE ? `: “${line.slice(0, LONGEST_QUOTE)}…”` : `: “${line}”`;
}

function inCell(event) {
  return event.cell === "file" ? ` · ${event.path}` : ` · cell ${event.cell}`;
}

function describeEdit(event) {
  const inserted = event.ops.map((op) => op[2]).join("");
  const deleted = event.ops.reduce((sum, op) => sum + op[1], 0);
  const parts = [];
  if (inserted) parts.push(`${counted(inserted.length, "character")} in`);
  if (deleted) parts.push(`${counted(deleted, "character")} out`);
  return `${SOURCES[event.source] ?? event.source}: ${parts.join(", ") || "nothing"}${inCell(event)}${quote(inserted)}`;
}

function describePaste(event) {
  const places = event.seen.map((word) => SEEN[word] ?? word);
  const before = places.length ? `seen before in this sitting: ${places.join(", ")}` : "not seen before in this sitting";
  const where = event.cell ? inCell(event) : ` · ${event.path}`;
  return `${ROUTES[event.via] ?? event.via} of ${counted(event.length, "character")}, ${before}${where}`;
}

function describeFinished(event) {
  const outcome = event.ok ? "ran without error" : "failed";
  return `Cell ${event.cell} ${outcome} (${(event.duration_ms / 1000).toFixed(1)} s)`;
}

function describeSelection(event) {
  if (!event.length) return `Cursor at line ${event.first_line + 1}${inCell(event)}`;
  return `Selected ${counted(event.length, "character")}, lines ${event.first_line + 1} to ${event.last_line + 1}${inCell(event)}`;
}

function describeDropped(event) {
  const what = [counted(event.edits, "edit"), counted(event.runs, "run"), counted(event.inserted, "character")].join(", ");
  return `Record incomplete: the browser's buffer was full and gave up ${counted(event.events, "event")} (${what})`;
}

const SENTENCES = {
  client_started: (event) => `Page loaded (recorder ${event.recorder}, JupyterLab ${event.lab})`,
  notebook_opened: (event) => `Opened ${event.path} with ${counted(event.cells.length, "cell")}`,
  file_opened: (event) => `Opened the file ${event.path} with ${counted(event.text.length, "character")}`,
  edit: describeEdit,
  cells_changed: (event) => `Cells ${ACTIONS[event.action] ?? event.action} in ${event.path}`,
  pasted: describePaste,
  execution_started: (event) => `Run started · cell ${event.cell}`,
  execution_finished: describeFinished,
  kernel_changed: (event) => `Kernel ${event.state} · ${event.path}`,
  active_cell: (event) => (event.cell ? `Moved to cell ${event.cell}` : "Left the cells"),
  selection: describeSelection,
  scrolled: (event) => `On the screen: cells ${event.first_cell} to ${event.last_cell}`,
  focus: (event) => FOCUS[event.state] ?? event.state,
  save_started: (event) => `Save begun · ${event.path}`,
  saved: (event) => `Saved ${event.path}`,
  submit_requested: () => "Submit confirmed",
  heartbeat: () => "The recorder is on",
  detail_dropped: describeDropped,
  server_started: (event) => `The notebook server started (${event.server})`,
  server_execute: (event) => `The server passed ${counted(event.length, "character")} of code to the kernel${event.cell ? inCell(event) : ""}`,
  server_executed: (event) => `The server saw the answer to a run${event.cell ? inCell(event) : ""}`,
  server_save: (event) => `The server wrote ${event.path}`,
  server_file: (event) => `The server found ${event.path} changed on the disk`,
  server_kernel: (event) => `The server saw: kernel ${event.state} · ${event.path}`,
  server_heartbeat: () => "The notebook server is on",
};

/** Return one sentence about an event; an unknown type is named, never hidden. */
export function describeEvent(event) {
  const sentence = SENTENCES[event.type];
  const text = sentence ? sentence(event) : `Event of unknown type ${event.type}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
