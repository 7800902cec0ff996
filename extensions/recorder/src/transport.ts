/**
 * From the browser to the journal of the Jupyter server, over one WebSocket.
 *
 * Events go out in batches, at most 250 ms after they happened. The server acknowledges with the last sequence number
 * that is on its disk; what is not acknowledged is sent again after every reconnect, which is harmless because the
 * server knows what it has. What the collector does not have yet also stays in the store, for a later page load.
 * Nothing here is ever awaited by the editor.
 */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { BATCH_EVENTS, inBatches } from './batches';
import { IEventStore } from './buffer';
import { IBatch, WIRE_VERSION, WireEvent } from './events';
import { IAck, IServerState, Recording } from './messages';
import { IEventSink } from './recorder';

const BATCH_DELAY_MS = 200;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 8_000;
/** The server says something every 5 s; a line that is silent for longer than this is dead. */
const SILENCE_MS = 16_000;
const CHECK_MS = 4_000;

/** What the candidate is told about the recording. */
export interface ITransportState {
  recording: Recording;
  detail: string;
  /** Everything up to this moment (epoch ms) is on the server's disk; 0 before the first answer. */
  recordedUpToMs: number;
  /** Events that only this browser has. */
  waiting: number;
}

export interface ITransportOptions {
  url: () => string;
  store: IEventStore;
  nowMs: () => number;
  /** Called when the server lost what the browser cannot repeat. */
  onLost: () => void;
}

export class Transport implements IEventSink, IDisposable {
  constructor(private readonly options: ITransportOptions) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get stateChanged(): ISignal<this, ITransportState> {
    return this._stateChanged;
  }

  get state(): ITransportState {
    const isLate = this._pending.length > 0 && this.options.nowMs() - this._pending[0]!.t_ms > 5_000;
    const isCut = this._isConnected ? isLate : this._wasConnected || isLate;
    const delayed = this._recording === 'ok' && isCut;
    return {
      recording: delayed ? 'delayed' : this._recording,
      detail: delayed ? 'the connection to the server is interrupted' : this._detail,
      recordedUpToMs: this._recordedUpToMs,
      waiting: this._pending.length
    };
  }

  /** Connect, and send again what earlier page loads could not deliver. */
  connect(): void {
    if (this._isDisposed) {
      return;
    }
    this._heardMs = this.options.nowMs();
    if (this._checkTimer === 0) {
      this._checkTimer = window.setInterval(() => this._check(), CHECK_MS);
    }
    const socket = new WebSocket(this.options.url());
    this._socket = socket;
    socket.onopen = () => this._opened();
    socket.onmessage = message => this._received(JSON.parse(String(message.data)) as IAck | IServerState);
    socket.onclose = () => this._closed();
  }

  begin(client: string): void {
    this._storeNew();
    this._client = client;
    this._pending = [];
    this._nextSeq = 0;
  }

  accept(event: WireEvent): void {
    this._pending.push(event);
    this._unstored.push(event);
    this._schedule();
  }

  /** Send at once what is waiting: the page is about to go away. */
  sendNow(): void {
    this._sendBatches();
  }

  /** Send everything now and wait until the server has it; resolves to false when `timeoutMs` passed first. */
  async flush(timeoutMs: number): Promise<boolean> {
    this._sendBatches();
    if (this._pending.length === 0) {
      return true;
    }
    return new Promise(resolve => {
      const done = (isFlushed: boolean) => {
        window.clearTimeout(timer);
        this._stateChanged.disconnect(check);
        resolve(isFlushed);
      };
      const check = () => {
        if (this._pending.length === 0) {
          done(true);
        }
      };
      const timer = window.setTimeout(() => done(false), timeoutMs);
      this._stateChanged.connect(check);
    });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._batchTimer);
    window.clearTimeout(this._retryTimer);
    window.clearInterval(this._checkTimer);
    this._socket?.close();
    Signal.clearData(this);
  }

  private get _isConnected(): boolean {
    return this._socket?.readyState === WebSocket.OPEN;
  }

  private _opened(): void {
    this._retryMs = RETRY_MIN_MS;
    this._wasConnected = true;
    this._resent.clear();
    this._nextSeq = this._pending[0]?.seq ?? this._nextSeq;
    this._sendBatches();
    void this._resendEarlierClients();
    this._changed();
  }

  private _closed(): void {
    this._socket = null;
    this._changed();
    if (!this._isDisposed) {
      this._retryTimer = window.setTimeout(() => this.connect(), this._retryMs * (0.5 + Math.random()));
      this._retryMs = Math.min(RETRY_MAX_MS, this._retryMs * 2);
    }
  }

  /** Give up a line that is open but silent (a laptop that slept, a router that forgot): closing it could take minutes. */
  private _check(): void {
    const socket = this._socket;
    if (socket !== null && this.options.nowMs() - this._heardMs > SILENCE_MS) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      this._closed();
    }
  }

  private _schedule(): void {
    if (this._batchTimer === 0) {
      this._batchTimer = window.setTimeout(() => this._sendBatches(), BATCH_DELAY_MS);
    }
  }

  private _sendBatches(): void {
    window.clearTimeout(this._batchTimer);
    this._batchTimer = 0;
    this._storeNew();
    if (!this._isConnected) {
      return;
    }
    const unsent = this._pending.filter(event => event.seq >= this._nextSeq);
    for (const events of inBatches(unsent)) {
      this._send(this._client, events);
      this._nextSeq = events[events.length - 1]!.seq + 1;
    }
  }

  private _send(client: string, events: WireEvent[]): void {
    const batch: IBatch = { v: WIRE_VERSION, client, events };
    this._socket?.send(JSON.stringify(batch));
  }

  private _storeNew(): void {
    const events = this._unstored;
    this._unstored = [];
    if (events.length > 0) {
      // A full disk must not stop the recording: the events are still in memory.
      this.options.store.put(this._client, events).catch(() => undefined);
    }
  }

  private _received(message: IAck | IServerState): void {
    this._heardMs = this.options.nowMs();
    if (message.kind === 'state') {
      this._recording = message.recording;
      this._detail = message.detail;
      if (message.forwarded_seq >= 0) {
        this.options.store.prune(message.client, message.forwarded_seq).catch(() => undefined);
      }
    } else if (message.client === this._client) {
      this._acknowledged(message.seq);
    } else {
      void this._resend(message.client, message.seq + 1);
    }
    if (this._pending.length === 0 && this._isConnected) {
      this._recordedUpToMs = this.options.nowMs();
    }
    this._changed();
  }

  private _acknowledged(seq: number): void {
    const first = this._pending[0]?.seq ?? this._nextSeq;
    if (seq < first - 1) {
      void this._rewind(seq + 1);
      return;
    }
    const gone = this._pending.filter(event => event.seq <= seq);
    this._pending = this._pending.slice(gone.length);
    this._recordedUpToMs = Math.max(this._recordedUpToMs, gone[gone.length - 1]?.t_ms ?? 0);
  }

  /** The server has less than it acknowledged (its disk was replaced): repeat from the store, or begin anew. */
  private async _rewind(from: number): Promise<void> {
    const client = this._client;
    const held = await this.options.store.read(client, from, Number.MAX_SAFE_INTEGER).catch(() => []);
    if (client !== this._client) {
      return;
    }
    if (held[0]?.seq !== from) {
      this.options.onLost();
      return;
    }
    const first = this._pending[0]?.seq ?? Infinity;
    this._pending = [...held.filter(event => event.seq < first), ...this._pending];
    this._nextSeq = from;
    this._sendBatches();
  }

  private async _resendEarlierClients(): Promise<void> {
    const clients = await this.options.store.clients().catch(() => []);
    for (const client of clients.filter(name => name !== this._client)) {
      await this._resend(client, 0);
    }
  }

  /** Send the next stored batch of an earlier page load; its acknowledgement asks for the one after. */
  private async _resend(client: string, from: number): Promise<void> {
    const held = await this.options.store.read(client, from, BATCH_EVENTS).catch(() => []);
    const [events] = inBatches(held);
    if (events !== undefined && this._isConnected && !this._resent.has(`${client}:${events[0]!.seq}`)) {
      this._resent.add(`${client}:${events[0]!.seq}`);
      this._send(client, events);
    }
  }

  private _changed(): void {
    this._stateChanged.emit(this.state);
  }

  private _socket: WebSocket | null = null;
  private _client = '';
  private _pending: WireEvent[] = [];
  private _unstored: WireEvent[] = [];
  private _nextSeq = 0;
  private _batchTimer = 0;
  private _retryTimer = 0;
  private _checkTimer = 0;
  private _heardMs = 0;
  private _retryMs = RETRY_MIN_MS;
  private _recording: Recording = 'ok';
  private _detail = '';
  private _recordedUpToMs = 0;
  private _wasConnected = false;
  private _isDisposed = false;
  private readonly _resent = new Set<string>();
  private readonly _stateChanged = new Signal<this, ITransportState>(this);
}
