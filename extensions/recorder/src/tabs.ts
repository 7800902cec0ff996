/** Other tabs of this browser in which the same sitting is open. Both are recorded; the later one is told so. */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

interface IGreeting {
  kind: 'hello' | 'here' | 'bye';
  id: string;
  sinceMs: number;
}

/** Browsers let a hidden tab speak once a minute. */
const GONE_AFTER_MS = 150_000;
const SAY_EVERY_MS = 20_000;

export interface IChannel {
  onmessage: ((message: MessageEvent) => unknown) | null;
  postMessage(message: unknown): void;
  close(): void;
}

export class OtherTabs implements IDisposable {
  constructor(
    private readonly channel: IChannel,
    private readonly id: string,
    private readonly nowMs: () => number
  ) {
    this._sinceMs = nowMs();
    channel.onmessage = message => this._heard(message.data as IGreeting);
    this._say('hello');
    this._timer = window.setInterval(() => this._say('here'), SAY_EVERY_MS);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the sitting was already open in another tab when this page was loaded, and still is. */
  get isLater(): boolean {
    const now = this.nowMs();
    return [...this._others.values()].some(
      other => other.isEarlier && now - other.heardMs < GONE_AFTER_MS
    );
  }

  /** The page goes away: say so. It may come back from the browser's cache, and speaks again then. */
  leave(): void {
    this._say('bye');
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.clearInterval(this._timer);
      this._say('bye');
      this.channel.close();
      Signal.clearData(this);
    }
  }

  private _say(kind: IGreeting['kind']): void {
    this.channel.postMessage({ kind, id: this.id, sinceMs: this._sinceMs } satisfies IGreeting);
  }

  private _heard({ kind, id, sinceMs }: IGreeting): void {
    const wasLater = this.isLater;
    if (kind === 'bye') {
      this._others.delete(id);
    } else {
      const isEarlier = sinceMs < this._sinceMs || (sinceMs === this._sinceMs && id < this.id);
      this._others.set(id, { isEarlier, heardMs: this.nowMs() });
    }
    if (kind === 'hello') {
      this._say('here');
    }
    if (wasLater !== this.isLater) {
      this._changed.emit();
    }
  }

  private _isDisposed = false;
  private readonly _sinceMs: number;
  private readonly _timer: number;
  private readonly _others = new Map<string, { isEarlier: boolean; heardMs: number }>();
  private readonly _changed = new Signal<this, void>(this);
}
