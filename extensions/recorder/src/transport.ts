/**
 * From the browser to the journal of the Jupyter server.
 *
 * Events go out in batches, at most 250 ms after they happened. The server acknowledges with the last sequence number
 * that is on its disk; what is not acknowledged is sent again, after every reconnect and when an answer stays away, which
 * is harmless because the server knows what it has. What the collector does not have yet also stays in the store, for a
 * later page load. Nothing here is ever awaited by the editor.
 */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { batchOf, batchText, beaconText, inBatches, item } from './batches';
import { IEventStore } from './buffer';
import { EarlierClients } from './earlier';
import { IBatch, IDroppedEvent, WireEvent } from './events';
import { Line } from './line';
import { IServerState, ISignedHead, Message, Recording } from './messages';
import { Queue } from './queue';
import { IEventSink } from './recorder';
import { BOUNDS, IBounds, Room } from './room';

const BATCH_DELAY_MS = 200;
/** What was sent and is not acknowledged for so long is sent again; longer and longer while nothing moves. */
const RESEND_MIN_MS = 5_000;
const RESEND_MAX_MS = 30_000;
const LATE_MS = 5_000;
/** What travels with a submission is bounded. */
const CARRIED_CHARS = 20_000_000;

/** What the candidate is told about the recording. */
export interface ITransportState {
  recording: Recording;
  detail: string;
  /** Everything up to this moment (by the clock on the wall) is with the server; 0 before the first answer. */
  recordedUpToMs: number;
  /** Events that only this browser has. */
  waiting: number;
  /** Whether they outlive this page. */
  isKept: boolean;
  isConnected: boolean;
  /** The newest head of the recording that the collector signed. */
  head: ISignedHead | null;
}

export interface ITransportOptions {
  url: () => string;
  store: IEventStore;
  /** Never runs backwards. */
  nowMs: () => number;
  wallMs: () => number;
  /** Begin a new client: the server lost what the browser cannot repeat, or the buffer is full. */
  onRestart: (dropped: IDroppedEvent | null) => void;
  /** Send what outlives the page. */
  beacon: (text: string) => void;
  bounds?: IBounds;
}

export class Transport implements IEventSink, IDisposable {
  constructor(private readonly options: ITransportOptions) {
    this._room = new Room(options.store, options.bounds ?? BOUNDS, options.onRestart);
    this._earlier = new EarlierClients(options.store, (client, items) => this._line.send(batchText(client, items)));
    this._line = new Line(options.url, options.nowMs, {
      opened: () => void this._opened(),
      received: text => this._received(JSON.parse(text) as Message),
      closed: isSilent => this._closed(isSilent)
    });
  }

  get isDisposed(): boolean {
    return this._line.isDisposed;
  }

  get stateChanged(): ISignal<this, ITransportState> {
    return this._stateChanged;
  }

  /** Emitted when the line is back after it had died without a word: other lines to the server are probably dead too. */
  get revived(): ISignal<this, void> {
    return this._revived;
  }

  get state(): ITransportState {
    const oldest = this._queue.items[0]?.event ?? this._fresh[0];
    const isLate = oldest !== undefined && this.options.nowMs() - oldest.t_ms > LATE_MS;
    const isConnected = this._line.isOpen;
    const isCut = isLate || (!isConnected && this._wasConnected);
    const isDelayed = this._recording === 'ok' && isCut;
    return {
      recording: isDelayed ? 'delayed' : this._recording,
      detail: isDelayed ? this._reason(isConnected) : this._detail,
      recordedUpToMs: this._recordedUpToMs,
      waiting: this._queue.items.length + this._fresh.length,
      isKept: this.options.store.isDurable,
      isConnected,
      head: this._head
    };
  }

  connect(): void {
    this._line.connect();
  }

  begin(client: string): void {
    this._takeFresh();
    this._queue = new Queue(client);
    // What the client before could not deliver must arrive before this one's.
    this._isBehind = true;
  }

  accept(event: WireEvent): void {
    this._fresh.push(event);
    if (this._batchTimer === 0) {
      this._batchTimer = window.setTimeout(() => this.sendNow(), BATCH_DELAY_MS);
    }
  }

  /** Send at once what is waiting. */
  sendNow(): void {
    window.clearTimeout(this._batchTimer);
    this._batchTimer = 0;
    this._takeFresh();
    if (this._isBehind && this._line.isOpen) {
      void this._opened();
    } else {
      this._sendQueue();
    }
    this._room.check(this._queue);
  }

  /** The page is hidden or goes away: send at once, and once more on the way that outlives the page. */
  leave(): void {
    this.sendNow();
    const text = this._queue.isEmpty ? null : beaconText(this._queue.client, this._queue.items);
    if (text !== null) {
      this.options.beacon(text);
    }
  }

  /** Send everything now and wait until the server has it; resolves to false when `timeoutMs` passed first. */
  async flush(timeoutMs: number): Promise<boolean> {
    this.sendNow();
    if (this._isDelivered) {
      return true;
    }
    return new Promise(resolve => {
      const done = (isFlushed: boolean) => {
        window.clearTimeout(timer);
        this._stateChanged.disconnect(check);
        resolve(isFlushed);
      };
      const check = () => {
        if (this._isDelivered) {
          done(true);
        }
      };
      const timer = window.setTimeout(() => done(false), timeoutMs);
      this._stateChanged.connect(check);
    });
  }

  /** Return what the server has not acknowledged, to travel with a submission. */
  async undelivered(): Promise<IBatch[]> {
    this._takeFresh();
    const { client, items } = this._queue;
    const earlier = await this._earlier.held(client, CARRIED_CHARS).catch(() => []);
    return [...earlier, { client, items }].flatMap(held =>
      [...inBatches(held.items)].map(batch => batchOf(held.client, batch))
    );
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    window.clearTimeout(this._batchTimer);
    window.clearTimeout(this._resendTimer);
    this._line.dispose();
    Signal.clearData(this);
  }

  private get _isDelivered(): boolean {
    return this._queue.isEmpty && this._fresh.length === 0 && !this._isBehind && !this._isDelivering;
  }

  private _reason(isConnected: boolean): string {
    return isConnected ? 'the server is still taking what came before' : 'the connection to the server is interrupted';
  }

  /** First what earlier clients could not deliver, then the present one. */
  private async _opened(): Promise<void> {
    if (this._isDelivering) {
      return;
    }
    this._wasConnected = true;
    if (this._wasSilent) {
      this._wasSilent = false;
      this._revived.emit();
    }
    this._isDelivering = true;
    const client = this._queue.client;
    const isDone = await this._earlier.deliver(client);
    this._isDelivering = false;
    if (this._line.isOpen) {
      // The line was lost and found, or a new client was begun, while the earlier ones were delivered.
      this._isBehind = !isDone || client !== this._queue.client;
      this._queue.unsend();
      this.sendNow();
    }
    this._changed();
  }

  private _closed(isSilent: boolean): void {
    this._wasSilent ||= isSilent;
    this._earlier.stop();
    this._isBehind = true;
    window.clearTimeout(this._resendTimer);
    this._resendTimer = 0;
    this._changed();
  }

  private _sendQueue(): void {
    if (!this._line.isOpen || this._isBehind || this._isDelivering) {
      return;
    }
    for (const items of this._queue.take()) {
      this._line.send(batchText(this._queue.client, items));
    }
    this._watchAnswers();
  }

  /** Send again what nobody acknowledges although the line is open. */
  private _watchAnswers(): void {
    if (this._resendTimer === 0 && this._queue.isAwaiting) {
      this._resendTimer = window.setTimeout(() => {
        this._resendTimer = 0;
        this._resendMs = Math.min(RESEND_MAX_MS, this._resendMs * 2);
        this._queue.unsend();
        this._sendQueue();
        this._changed();
      }, this._resendMs);
    }
  }

  private _moved(): void {
    window.clearTimeout(this._resendTimer);
    this._resendTimer = 0;
    this._resendMs = RESEND_MIN_MS;
    this._sendQueue();
    this._watchAnswers();
  }

  /** Put what is fresh among what is waiting, and store it. */
  private _takeFresh(): void {
    const events = this._fresh;
    this._fresh = [];
    events.forEach(event => this._queue.push(item(event)));
    if (events.length > 0) {
      // Even a store that fails must not stop the recording: the events are in memory.
      this.options.store.put(this._queue.client, events).catch(() => undefined);
    }
  }

  private _received(message: Message): void {
    if (message.kind === 'state') {
      this._told(message);
    } else if (message.client !== this._queue.client) {
      this._earlier.answered(message.client, message.kind, message.seq);
    } else if (message.kind === 'ack') {
      this._safe(message.seq);
    } else {
      void this._rewind(message.seq + 1);
    }
    if (this._isDelivered && this._line.isOpen) {
      this._recordedUpToMs = this.options.wallMs();
    }
    this._changed();
  }

  private _told(state: IServerState): void {
    this._recording = state.recording;
    this._detail = state.detail;
    this._head = state.head ?? this._head;
    if (state.forwarded_seq < 0) {
      return;
    }
    this.options.store.prune(state.client, state.forwarded_seq).catch(() => undefined);
    if (state.client === this._queue.client) {
      // What the collector has is safe, even when the server's own disk is full.
      this._safe(state.forwarded_seq);
    }
    this._room.gone(state.client);
  }

  private _safe(seq: number): void {
    const before = this._queue.chars;
    const tMs = this._queue.safe(seq);
    if (tMs > 0) {
      this._room.copied(this._queue.client, seq, before - this._queue.chars);
      const ageMs = this.options.nowMs() - tMs;
      this._recordedUpToMs = Math.max(this._recordedUpToMs, this.options.wallMs() - ageMs);
      this._moved();
    }
  }

  /** The server misses something that was sent or even acknowledged: repeat it, or begin anew. */
  private async _rewind(from: number): Promise<void> {
    const queue = this._queue;
    const now = this.options.nowMs();
    if (queue === this._rewound.queue && from === this._rewound.from && now - this._rewound.atMs < this._resendMs) {
      return; // every batch behind a hole is answered with the same gap: once is enough
    }
    this._rewound = { queue, from, atMs: now };
    if (!queue.rewind(from)) {
      const held = await this.options.store.read(queue.client, from, Number.MAX_SAFE_INTEGER).catch(() => []);
      if (queue !== this._queue) {
        return;
      }
      const first = queue.items[0]?.event.seq ?? Infinity;
      const lost = held.filter(event => event.seq < first);
      if (lost[0]?.seq !== from) {
        this.options.onRestart(null);
        return;
      }
      queue.unshift(lost.map(item));
    }
    this._sendQueue();
  }

  private _changed(): void {
    this._stateChanged.emit(this.state);
  }

  private readonly _line: Line;
  private readonly _room: Room;
  private readonly _earlier: EarlierClients;
  private _queue = new Queue('');
  private _rewound: { queue: Queue | null; from: number; atMs: number } = { queue: null, from: -1, atMs: 0 };
  private _fresh: WireEvent[] = [];
  private _isBehind = true;
  private _isDelivering = false;
  private _batchTimer = 0;
  private _resendTimer = 0;
  private _resendMs = RESEND_MIN_MS;
  private _recording: Recording = 'ok';
  private _detail = '';
  private _head: ISignedHead | null = null;
  private _recordedUpToMs = 0;
  private _wasConnected = false;
  private _wasSilent = false;
  private readonly _revived = new Signal<this, void>(this);
  private readonly _stateChanged = new Signal<this, ITransportState>(this);
}
