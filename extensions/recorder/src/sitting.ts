/** The sitting as the service tells it, and the time left by the server's clock. */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { RequestError } from './errors';

export interface IProblem {
  slug: string;
  title: string;
  difficulty: string;
  minutes: number;
  points: number;
  path: string;
}

export interface IReceipt {
  submission_id: string;
  /** Absent from an older service. */
  sitting?: string;
  digest: string;
  head: string;
  position: number;
  submitted_ms: number;
  matches: boolean | null;
  /** The service's signature over the head at `signed_ms`; absent from an older service. */
  signature?: string;
  key?: string;
  signed_ms?: number;
}

export interface ISitting {
  id: string;
  assessment: {
    id: string;
    title: string;
    version: number;
    monitoring: 'none' | 'basic' | 'full';
    problems: IProblem[];
  };
  status: string;
  server_now_ms: number;
  started_ms: number;
  deadline_ms: number | null;
  is_practice: boolean;
  is_synthetic: boolean;
  /** The page that shows the receipt after the end. */
  ended_url?: string;
  receipt?: IReceipt | null;
}

const REFRESH_MS = 30_000;
const RETRY_MS = 3_000;
/** Around the deadline the end is asked for this often. */
const ENDING_MS = 1_000;
/** This long after the deadline a proxy without a server behind it means that the server is gone for good. */
const GONE_AFTER_MS = 20_000;
/** Without any answer at all the network may be cut, and the deadline may have been moved meanwhile: wait much longer. */
const SILENT_AFTER_MS = 600_000;
/** The monotonic clock stands still while a computer sleeps; the one on the wall does not. */
const WATCH_MS = 2_000;
const JUMP_MS = 2_000;

export class SittingModel implements IDisposable {
  constructor(
    private readonly ask: () => Promise<ISitting>,
    private readonly clockMs: () => number,
    private readonly wallMs: () => number = Date.now
  ) {
    this._watchTimer = window.setInterval(() => this._watchClocks(), WATCH_MS);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The sitting, or null until the first answer. */
  get sitting(): ISitting | null {
    return this._sitting;
  }

  /** Why the last request failed; empty when it did not. */
  get problem(): string {
    return this._problem;
  }

  /** Whether the last request got no answer at all: the network is cut, or the server is away. */
  get isUnreachable(): boolean {
    return this._isUnreachable;
  }

  get receipt(): IReceipt | null {
    return this._receipt;
  }

  /** Whether the server says that nothing more is accepted. */
  get isOver(): boolean {
    return this._isOver || this._receipt !== null || (this._sitting !== null && this._sitting.status !== 'running');
  }

  /** Milliseconds until the deadline by the server's clock; null when unknown or without one. */
  get remainingMs(): number | null {
    const deadline = this._sitting?.deadline_ms ?? null;
    return deadline === null ? null : deadline - (this.clockMs() + this._offsetMs);
  }

  /** Ask the service now, and from now on regularly. */
  async refresh(): Promise<void> {
    window.clearTimeout(this._timer);
    const sentMs = this.clockMs();
    try {
      const sitting = await this.ask();
      // The answer was made about half-way between sending and receiving.
      this._offsetMs = sitting.server_now_ms - (sentMs + this.clockMs()) / 2;
      this._sitting = sitting;
      this._receipt = sitting.receipt ?? this._receipt;
      this._problem = '';
      this._isUnreachable = false;
    } catch (error) {
      this._failed(error);
    }
    if (!this._isDisposed) {
      this._timer = window.setTimeout(() => void this.refresh(), this._pauseMs());
      this._changed.emit();
    }
  }

  private _failed(error: unknown): void {
    const { message, code, status } =
      error instanceof RequestError ? error : new RequestError(String(error), 'unknown', 0);
    this._problem = message;
    this._isUnreachable = status === 0;
    // The recorder's own part of the server answers: the server is there, only the service is not.
    const isSilent = status === 0 || code === 'service_unreachable';
    this._isOver ||= (this.remainingMs ?? 0) < -(isSilent ? SILENT_AFTER_MS : GONE_AFTER_MS);
  }

  /** Ask for the time left when one of the clocks jumped: the computer slept, or its clock was set. */
  private _watchClocks(): void {
    const lead = this.wallMs() - this.clockMs();
    if (this._lead !== null && Math.abs(lead - this._lead) > JUMP_MS) {
      void this.refresh();
    }
    this._lead = lead;
  }

  private _pauseMs(): number {
    const isEnding = !this.isOver && (this.remainingMs ?? 1) <= 0;
    return isEnding ? ENDING_MS : this._problem ? RETRY_MS : REFRESH_MS;
  }

  /** Note the receipt of a submission. */
  submitted(receipt: IReceipt): void {
    this._receipt = receipt;
    this._changed.emit();
  }

  /** Note that the server refuses further events: the sitting ended. */
  ended(): void {
    if (!this._isOver) {
      this._isOver = true;
      this._changed.emit();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    window.clearInterval(this._watchTimer);
    Signal.clearData(this);
  }

  private _sitting: ISitting | null = null;
  private _receipt: IReceipt | null = null;
  private _problem = '';
  private _isUnreachable = false;
  private _lead: number | null = null;
  private readonly _watchTimer: number;
  private _offsetMs = 0;
  private _isOver = false;
  private _isDisposed = false;
  private _timer = 0;
  private readonly _changed = new Signal<this, void>(this);
}
