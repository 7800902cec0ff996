/**
 * Keeps what only this browser has within a bound (fault R09).
 *
 * A client whose undelivered events grow beyond a segment is succeeded by a new one, which begins with fresh snapshots.
 * When all segments together are beyond the bound, the oldest is dropped: its client ends where the server has it, and
 * the new client says, right after its beginning, how much was dropped.
 */
import { IEventStore } from './buffer';
import { tally } from './dropped';
import { IDroppedEvent } from './events';
import { Queue } from './queue';

export interface IBounds {
  segmentChars: number;
  heldChars: number;
  /** What the server has on its disk, but the collector not yet, is kept here too; so much of it. */
  copyChars: number;
}

/** Enough for many hours of typing; snapshots and outputs are what fills it. */
export const BOUNDS: IBounds = { segmentChars: 8_000_000, heldChars: 64_000_000, copyChars: 32_000_000 };

export class Room {
  constructor(
    private readonly store: IEventStore,
    private readonly bounds: IBounds,
    private readonly restart: (dropped: IDroppedEvent | null) => void
  ) {}

  /** Look how much of the present client is undelivered; begins a new client when that is too much. */
  check({ client, chars, snapshotChars }: Queue): void {
    // A new client begins with snapshots; where they are what fills it, another one would not help.
    const limit = Math.max(this.bounds.segmentChars, 4 * snapshotChars);
    if (chars > limit && !this._isMaking) {
      this._isMaking = true;
      this._held.set(client, chars);
      void this._make(client).finally(() => (this._isMaking = false));
    }
  }

  /** Note that the server has so much more of a client on its disk, up to `seq`; a copy that grew too large is dropped. */
  copied(client: string, seq: number, chars: number): void {
    this._copyChars += chars;
    if (this._copyChars > this.bounds.copyChars) {
      this._copyChars = 0;
      this.store.prune(client, seq).catch(() => undefined);
    }
  }

  /** Note that the collector has something of a client. */
  gone(client: string): void {
    this._held.delete(client);
    this._copyChars = 0;
  }

  private async _make(present: string): Promise<void> {
    await null; // not within the call that records: the models are ahead of it then
    const total = [...this._held.values()].reduce((sum, chars) => sum + chars, 0);
    const [oldest] = this._held.keys();
    if (total <= this.bounds.heldChars || oldest === undefined || oldest === present) {
      this.restart(null);
      return;
    }
    this._held.delete(oldest);
    const events = await this.store.read(oldest, 0, Number.MAX_SAFE_INTEGER).catch(() => []);
    await this.store.prune(oldest, Number.MAX_SAFE_INTEGER).catch(() => undefined);
    this.restart(tally(events));
  }

  private _isMaking = false;
  private _copyChars = 0;
  /** Per client of this page that was succeeded, how much of it was undelivered then; the oldest first. */
  private readonly _held = new Map<string, number>();
}
