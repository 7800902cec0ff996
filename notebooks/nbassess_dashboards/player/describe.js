/** Says in words what an event was: for the caption under the controls and for screen readers. */

const SOURCES = {
  type: "typed",
  paste: "pasted",
  cut: "cut",
  undo: "undid",
  redo: "redid",
  complete: "completed",
  programmatic: "changed by a program",
  unknown: "changed (source not known)",
};
const ACTIONS = { insert: "inserted", delete: "deleted", move: "moved", type: "changed the type of", other: "changed" };
const FOCUS = {
  focus: "The page has the focus",
  blur: "The page lost the focus",
  visible: "The page is visible",
  hidden: "The page is hidden",
};

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function describeEdit(event) {
  const inserted = event.ops.reduce((sum, op) => sum + op[2].length, 0);
  const deleted = event.ops.reduce((sum, op) => sum + op[1], 0);
  const parts = [];
  if (inserted) parts.push(`${count(inserted, "character")} in`);
  if (deleted) parts.push(`${count(deleted, "character")} out`);
  return `${SOURCES[event.source] ?? event.source}: ${parts.join(", ") || "nothing"} · cell ${event.cell}`;
}

function describeFinished(event) {
  const outcome = event.ok ? "ran without error" : "failed";
  return `Cell ${event.cell} ${outcome} (${(event.duration_ms / 1000).toFixed(1)} s)`;
}

const SENTENCES = {
  client_started: (event) => `Page loaded (recorder ${event.recorder}, JupyterLab ${event.lab})`,
  notebook_opened: (event) => `Opened ${event.path} with ${count(event.cells.length, "cell")}`,
  edit: describeEdit,
  cells_changed: (event) => `Cells ${ACTIONS[event.action] ?? event.action} in ${event.path}`,
  execution_started: (event) => `Run started · cell ${event.cell}`,
  execution_finished: describeFinished,
  active_cell: (event) => (event.cell ? `Moved to cell ${event.cell}` : "Left the cells"),
  focus: (event) => FOCUS[event.state] ?? event.state,
  saved: (event) => `Saved ${event.path}`,
  submit_requested: () => "Submit confirmed",
};

/** Return one sentence about an event; an unknown type is named, never hidden. */
export function describeEvent(event) {
  const sentence = SENTENCES[event.type];
  const text = sentence ? sentence(event) : `Event of unknown type ${event.type}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
