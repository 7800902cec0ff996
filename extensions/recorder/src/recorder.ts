/**
 * The recorder: gives every event its place in one client's gap-free sequence and hands it to the transport.
 *
 * A client is one page load. When the server no longer has what it acknowledged and the browser cannot repeat it, a new
 * client is begun with fresh snapshots: the replay then shows a new start, it never guesses.
 */
import { ISignal, Signal } from '@lumino/signaling';

import { EventBody, WireEvent } from './events';

export interface IVersions {
  recorder: string;
  lab: string;
}

/** Where events go; implemented by the transport. */
export interface IEventSink {
  begin(client: string): void;
  accept(event: WireEvent): void;
}

export class Recorder {
  constructor(
    private readonly sink: IEventSink,
    private readonly versions: IVersions,
    private readonly nowMs: () => number,
    private readonly newClient: () => string
  ) {}

  /** Emitted when a new client began: whoever holds a document emits its snapshot again. */
  get restarted(): ISignal<this, void> {
    return this._restarted;
  }

  /** Begin the first client. Nothing is recorded before. */
  start(): void {
    this._seq = 0;
    this._isOn = true;
    this.sink.begin(this.newClient());
    this.emit({ type: 'client_started', ...this.versions });
  }

  /** Begin a new client with fresh snapshots; `second` is its first event after the beginning. */
  restart(second: EventBody | null = null): void {
    if (!this._isOn) {
      return;
    }
    this.start();
    if (second !== null) {
      this.emit(second);
    }
    this._restarted.emit();
  }

  /** Stop recording: the sitting is over. */
  stop(): void {
    this._isOn = false;
  }

  /** Record one event; returns it as it will be sent, or null when recording is off. */
  emit(body: EventBody): WireEvent | null {
    if (!this._isOn) {
      return null;
    }
    const event: WireEvent = { ...body, seq: this._seq, t_ms: Math.round(this.nowMs()) };
    this._seq += 1;
    this.sink.accept(event);
    return event;
  }

  private _seq = 0;
  private _isOn = false;
  private readonly _restarted = new Signal<this, void>(this);
}

/** Return 16 random hex characters: the name of one page load. */
export function randomClient(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The clock of the page: epoch milliseconds that never run backwards within one load. */
export function pageNowMs(): number {
  return performance.timeOrigin + performance.now();
}
