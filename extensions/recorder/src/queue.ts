/**
 * The events of one client that are nowhere but in this browser, in order.
 *
 * `sent` runs ahead of what is acknowledged, by at most a window, and is put back when something got lost.
 */
import { IItem, inBatches } from './batches';

/** So many events may be on their way without an acknowledgement. */
const WINDOW = 5_000;

export class Queue {
  constructor(readonly client: string) {}

  /** What is waiting, the oldest first. */
  get items(): IItem[] {
    return this._items;
  }

  get chars(): number {
    return this._chars;
  }

  /** How much of everything that ever waited here was snapshots. */
  get snapshotChars(): number {
    return this._snapshotChars;
  }

  get isEmpty(): boolean {
    return this._items.length === 0;
  }

  push(item: IItem): void {
    this._items.push(item);
    this._chars += item.text.length;
    if (item.event.type === 'notebook_opened' || item.event.type === 'file_opened') {
      this._snapshotChars += item.text.length;
    }
  }

  /** Put back in front what the server lost. */
  unshift(items: IItem[]): void {
    this._items = [...items, ...this._items];
    items.forEach(item => (this._chars += item.text.length));
    this._nextSeq = this._items[0]?.event.seq ?? this._nextSeq;
  }

  /** Take out what is safe; returns the time of the newest event among it, or 0. */
  safe(seq: number): number {
    const count = this._items.findIndex(item => item.event.seq > seq);
    const gone = this._items.splice(0, count === -1 ? this._items.length : count);
    gone.forEach(item => (this._chars -= item.text.length));
    this._nextSeq = Math.max(this._nextSeq, seq + 1);
    return gone[gone.length - 1]?.event.t_ms ?? 0;
  }

  /** Return the batches to send now; they count as sent. */
  *take(): Generator<IItem[]> {
    const limit = (this._items[0]?.event.seq ?? 0) + WINDOW;
    const unsent = this._items.filter(({ event }) => event.seq >= this._nextSeq && event.seq < limit);
    for (const batch of inBatches(unsent)) {
      this._nextSeq = batch[batch.length - 1]!.event.seq + 1;
      yield batch;
    }
  }

  /** Send everything from `seq` on again; false when that is not here any more. */
  rewind(seq: number): boolean {
    const first = this._items[0]?.event.seq ?? this._nextSeq;
    if (seq < first) {
      return false;
    }
    this._nextSeq = seq;
    return true;
  }

  /** Nothing counts as sent any more: the line was lost. */
  unsend(): void {
    this._nextSeq = this._items[0]?.event.seq ?? this._nextSeq;
  }

  /** Whether something was sent that is not acknowledged. */
  get isAwaiting(): boolean {
    return !this.isEmpty && this._items[0]!.event.seq < this._nextSeq;
  }

  private _items: IItem[] = [];
  private _chars = 0;
  private _snapshotChars = 0;
  private _nextSeq = 0;
}
