/**
 * What is known at one position of a sitting, and how one more record changes it: the same rules as nbassess_events.replay.
 *
 * A document lives per client (page load) and path; `notebook_opened` or `file_opened` is its snapshot, later changes build on it. The
 * current document of a path is the one changed last. A change that does not fit is a gap: the document stays as it was and is marked
 * incomplete until its next snapshot. Documents are never changed in place, so a snapshot of the state is a few shallow copies.
 *
 * Positions in texts count UTF-16 units, which is what JavaScript strings are made of. A test compares this file with
 * the Python one, byte for byte, over random recordings.
 */

/** The id of the only cell of a text file. */
export const FILE_CELL = "file";

/** The key of what belongs to one page load or one cell: NUL cannot occur in either half. */
export function keyOf(first, second) {
  return `${first}\u0000${second}`;
}

/** Return the state before the first record. */
export function emptyState() {
  return {
    position: 0,
    byClient: new Map(),
    currentClient: new Map(),
    changed: new Set(),
    shown: new Map(),
    running: new Set(),
    kernels: new Map(),
    selection: null,
    screen: null,
    active: ["", ""],
    focus: "",
    gaps: [],
  };
}

/** Return a state that can be advanced without changing this one. */
export function copyState(state) {
  return {
    ...state,
    byClient: new Map(state.byClient),
    currentClient: new Map(state.currentClient),
    changed: new Set(state.changed),
    shown: new Map(state.shown),
    running: new Set(state.running),
    kernels: new Map(state.kernels),
    gaps: [...state.gaps],
  };
}

function editedCells(cells, event) {
  const index = cells.findIndex((cell) => cell.id === event.cell);
  if (index < 0) throw new RangeError(`no cell ${event.cell}`);
  let { source } = cells[index];
  for (const [position, deleteCount, inserted] of event.ops) {
    if (position + deleteCount > source.length) {
      throw new RangeError(`cannot replace ${deleteCount} units at ${position}: the text has ${source.length}`);
    }
    source = source.slice(0, position) + inserted + source.slice(position + deleteCount);
  }
  return cells.with(index, { ...cells[index], source });
}

function resplicedCells(cells, event) {
  const result = [...cells];
  for (const [index, deleteCount, inserted] of event.ops) {
    if (index + deleteCount > result.length) {
      throw new RangeError(`cannot replace ${deleteCount} cells at ${index}: the notebook has ${result.length}`);
    }
    result.splice(index, deleteCount, ...inserted);
  }
  return result;
}

/** Return the cells of a snapshot: those of a notebook, or the one cell that a text file is. */
function snapshotCells(event) {
  return event.type === "file_opened" ? [{ id: FILE_CELL, cell_type: "file", source: event.text }] : event.cells;
}

function open(state, client, event) {
  const document = { path: event.path, client, since: state.position, cells: snapshotCells(event), isComplete: true };
  state.byClient.set(keyOf(client, event.path), document);
  const isTaken = state.changed.has(event.path) && state.currentClient.get(event.path) !== client;
  if (!isTaken) state.currentClient.set(event.path, client);
}

function change(state, client, event) {
  const key = keyOf(client, event.path);
  const document = state.byClient.get(key);
  const note = (reason) => state.gaps.push({ position: state.position, path: event.path, reason });
  if (!document) {
    note("a change came before the document's snapshot");
    return;
  }
  try {
    const cells = event.type === "edit" ? editedCells(document.cells, event) : resplicedCells(document.cells, event);
    state.byClient.set(key, { ...document, cells });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    note(error.message);
    state.byClient.set(key, { ...document, isComplete: false });
  }
  state.currentClient.set(event.path, client);
  state.changed.add(event.path);
  state.selection = null;
}

function finish(state, event) {
  const { outputs, execution_count: count, ok, truncated } = event;
  state.shown.set(keyOf(event.path, event.cell), { outputs, count, ok, truncated });
  state.running.delete(keyOf(event.path, event.cell));
}

/** A kernel that restarted, died or stopped runs nothing any more. */
function changeKernel(state, event) {
  state.kernels.set(event.path, event.state);
  if (event.state === "interrupted" || event.state === "started") return;
  for (const key of state.running) if (key.startsWith(keyOf(event.path, ""))) state.running.delete(key);
}

const CHANGES = {
  notebook_opened: open,
  file_opened: open,
  edit: change,
  cells_changed: change,
  execution_started: (state, client, event) => state.running.add(keyOf(event.path, event.cell)),
  execution_finished: (state, client, event) => finish(state, event),
  kernel_changed: (state, client, event) => changeKernel(state, event),
  active_cell(state, client, event) {
    state.active = [event.path, event.cell];
    if (state.selection?.cell !== event.cell) state.selection = null;
  },
  focus(state, client, event) {
    state.focus = event.state;
  },
  selection(state, client, event) {
    state.selection = event;
  },
  scrolled(state, client, event) {
    state.screen = event;
  },
};

/** Whether a path leads to a notebook's file in any spelling: "a.ipynb/." and "A.IPYNB" do. */
function namesNotebook(path) {
  const last = path.split("/").findLast((part) => part !== "" && part !== ".") ?? "";
  return last.toLowerCase().endsWith(".ipynb");
}

/** Whether a notebook's file is shown as text: that view is not the notebook and must never stand for it. */
function isNotebookAsText({ type, path, cell }) {
  return (type === "file_opened" || (type === "edit" && cell === FILE_CELL)) && namesNotebook(path);
}

/** Apply one record to a state, in place; an event that changes nothing here, or is not known, counts its position only. */
export function advance(state, { client, event }) {
  state.position += 1;
  if (isNotebookAsText(event)) return;
  CHANGES[event.type]?.(state, client, event);
}

/** Return the clients that have a path open at this state, in the order in which they opened it. */
export function clientsOf(state, path) {
  const ending = keyOf("", path);
  return [...state.byClient.keys()].filter((key) => key.endsWith(ending)).map((key) => key.slice(0, -ending.length));
}

/** Return the current document of every path, in the order in which the paths first appeared. */
export function currentDocuments(state) {
  return [...state.currentClient].map(([path, client]) => state.byClient.get(keyOf(client, path)));
}

const SHORT = { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\" };

function quoted(text) {
  let result = '"';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (SHORT[unit]) result += SHORT[unit];
    else if (unit < 0x20 || unit > 0x7e) result += `\\u${unit.toString(16).padStart(4, "0")}`;
    else result += text[index];
  }
  return `${result}"`;
}

/** Return the canonical text of a document, as hashed: sorted keys, no spaces, ASCII only. */
export function documentText(document) {
  const cells = document.cells.map(
    (cell) => `{"cell_type":${quoted(cell.cell_type)},"id":${quoted(cell.id)},"source":${quoted(cell.source)}}`,
  );
  return `{"cells":[${cells.join(",")}],"path":${quoted(document.path)}}`;
}
