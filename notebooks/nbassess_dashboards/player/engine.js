/** A recording that can be asked for its state at any position: a snapshot of the state every few hundred records makes seeking fast. */
import { advance, copyState, emptyState } from "./document.js";

export const SNAPSHOT_EVERY = 256;

/** Records of {client, ms, event}; position 0 is before the first. */
export class Replay {
  constructor(records, every = SNAPSHOT_EVERY) {
    this.records = [];
    this.every = every;
    this.snapshots = [emptyState()];
    this.end = emptyState();
    this.cursor = emptyState();
    this.append(records);
  }

  /** Take records that came after all those before; times never run backwards. */
  append(records) {
    for (const record of records) {
      this.records.push(record);
      advance(this.end, record);
      if (this.end.position % this.every === 0) this.snapshots.push(copyState(this.end));
    }
  }

  get length() {
    return this.records.length;
  }

  get durationMs() {
    return this.records.length ? this.records.at(-1).ms : 0;
  }

  /** Return the state after the record at `position`; valid until the next call of `stateAt`. */
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

  /** Return the next position in a direction (1 or -1) whose event is wanted, or null. */
  findWhere(position, direction, isWanted) {
    for (let at = position + direction; at >= 1 && at <= this.length; at += direction) {
      if (isWanted(this.records[at - 1].event)) return at;
    }
    return null;
  }
}

/** Turn what Python packed ({clients, records: [[client index, ms, event], ...]}) into records. */
export function unpackRecords({ clients, records }) {
  return records.map(([client, ms, event]) => ({ client: clients[client], ms, event }));
}
