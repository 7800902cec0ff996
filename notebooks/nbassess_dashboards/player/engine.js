/**
 * Rebuilds the notebooks of a sitting at any position: the same rules as nbassess_events.replay, in the browser.
 *
 * A document lives per client (page load) and path; `notebook_opened` is its snapshot, later changes build on it. The current
 * document of a path is the one changed last. A change that does not fit is a gap: the document stays as it was and is
 * marked incomplete until its next snapshot. Documents are never changed in place, so a snapshot of the state is a few shallow copies.
 *
 * Positions in texts count UTF-16 units, which is what JavaScript strings are made of. A test compares this file with
 * the Python one, byte for byte, over random recordings.
 */

export const SNAPSHOT_EVERY = 256;

/** The key of what belongs to one page load or one cell: NUL cannot occur in either half. */
export function keyOf(first, second) {
  return `${first}\u0000${second}`;
}

function emptyState() {
  return {
    position: 0,
    byClient: new Map(),
    currentClient: new Map(),
    changed: new Set(),
    shown: new Map(),
    running: new Set(),
    active: ["", ""],
    focus: "",
    gaps: [],
  };
}

function copyState(state) {
  return {
    ...state,
    byClient: new Map(state.byClient),
    currentClient: new Map(state.currentClient),
    changed: new Set(state.changed),
    shown: new Map(state.shown),
    running: new Set(state.running),
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

function open(state, client, event) {
  state.byClient.set(keyOf(client, event.path), { path: event.path, cells: event.cells, isComplete: true });
  const isTaken = state.changed.has(event.path) && state.currentClient.get(event.path) !== client;
  if (!isTaken) state.currentClient.set(event.path, client);
}

function change(state, client, event) {
  const key = keyOf(client, event.path);
  const document = state.byClient.get(key);
  const note = (reason) => state.gaps.push({ position: state.position, path: event.path, reason });
  if (!document) {
    note("a change came before the notebook's snapshot");
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
}

function finish(state, event) {
  const { outputs, execution_count: count, ok, truncated } = event;
  state.shown.set(keyOf(event.path, event.cell), { outputs, count, ok, truncated });
  state.running.delete(keyOf(event.path, event.cell));
}

/** Apply one record to a state, in place. */
function advance(state, { client, event }) {
  state.position += 1;
  if (event.type === "notebook_opened") open(state, client, event);
  else if (event.type === "edit" || event.type === "cells_changed") change(state, client, event);
  else if (event.type === "execution_started") state.running.add(keyOf(event.path, event.cell));
  else if (event.type === "execution_finished") finish(state, event);
  else if (event.type === "active_cell") state.active = [event.path, event.cell];
  else if (event.type === "focus") state.focus = event.state;
}

/** A recording that can be asked for its state at any position. `records` hold {client, ms, event}; position 0 is before the first. */
export class Replay {
  constructor(records, every = SNAPSHOT_EVERY) {
    this.records = records;
    this.every = every;
    this.snapshots = [emptyState()];
    const state = emptyState();
    records.forEach((record, index) => {
      advance(state, record);
      if ((index + 1) % every === 0) this.snapshots.push(copyState(state));
    });
    this.end = state;
    this.cursor = copyState(this.snapshots[0]);
  }

  get length() {
    return this.records.length;
  }

  get durationMs() {
    return this.records.length ? this.records.at(-1).ms : 0;
  }

  /** Return the state after the record at `position`; valid until the next call. */
  stateAt(position) {
    const wanted = Math.max(0, Math.min(this.length, Math.trunc(position)));
    const nearest = Math.floor(wanted / this.every);
    if (wanted < this.cursor.position || nearest * this.every > this.cursor.position) {
      this.cursor = copyState(this.snapshots[nearest]);
    }
    while (this.cursor.position < wanted) advance(this.cursor, this.records[this.cursor.position]);
    return this.cursor;
  }

  /** Return the last position at or before a time since the start, in milliseconds. */
  positionAt(ms) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.records[middle].ms <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Return the time of a position in milliseconds since the start. */
  msAt(position) {
    return position < 1 ? 0 : this.records[Math.min(position, this.length) - 1].ms;
  }

  /** Return the next position in a direction (1 or -1) whose event is of one of these types, or null. */
  findEvent(position, direction, types) {
    for (let at = position + direction; at >= 1 && at <= this.length; at += direction) {
      if (types.includes(this.records[at - 1].event.type)) return at;
    }
    return null;
  }

  /** Return the next position after `position` at which a text appears in a notebook that did not hold it before, or null. */
  findText(position, text) {
    const holds = (document) => document.cells.some((cell) => cell.source.includes(text));
    const held = new Map();
    for (const [key, document] of this.stateAt(position).byClient) held.set(key, holds(document));
    for (let at = position + 1; at <= this.length; at += 1) {
      const { client, event } = this.records[at - 1];
      const key = keyOf(client, event.path ?? "");
      const document = this.stateAt(at).byClient.get(key);
      if (!document || !["edit", "cells_changed", "notebook_opened"].includes(event.type)) continue;
      const isHeld = holds(document);
      if (isHeld && !held.get(key)) return at;
      held.set(key, isHeld);
    }
    return null;
  }
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

/** Turn the payload that Python made ({clients, records: [[client index, ms, event], ...]}) into records. */
export function unpackRecords(payload) {
  return payload.records.map(([client, ms, event]) => ({ client: payload.clients[client], ms, event }));
}
