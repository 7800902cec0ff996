/** The sitting as the service tells it, and the time left by the server's clock. */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { requestAPI, RequestError } from './requests';

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
  digest: string;
  head: string;
  position: number;
  submitted_ms: number;
  matches: boolean | null;
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
/** This long after the deadline a server that does not answer is taken as gone for good. */
const GONE_AFTER_MS = 20_000;

export class SittingModel implements IDisposable {
  constructor(private readonly clockMs: () => number) {}

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
      const sitting = await requestAPI<ISitting>('sitting');
      // The answer was made about half-way between sending and receiving.
      this._offsetMs = sitting.server_now_ms - (sentMs + this.clockMs()) / 2;
      this._sitting = sitting;
      this._receipt = sitting.receipt ?? this._receipt;
      this._problem = '';
    } catch (error) {
      this._problem = error instanceof RequestError ? error.message : String(error);
      this._isOver ||= (this.remainingMs ?? 0) < -GONE_AFTER_MS;
    }
    if (!this._isDisposed) {
      this._timer = window.setTimeout(() => void this.refresh(), this._pauseMs());
      this._changed.emit();
    }
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
    Signal.clearData(this);
  }

  private _sitting: ISitting | null = null;
  private _receipt: IReceipt | null = null;
  private _problem = '';
  private _offsetMs = 0;
  private _isOver = false;
  private _isDisposed = false;
  private _timer = 0;
  private readonly _changed = new Signal<this, void>(this);
}
