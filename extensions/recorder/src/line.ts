/**
 * One WebSocket to the server, kept alive: it is opened again after every loss, sooner when the browser says that the
 * network is back or the page is looked at again, and given up when it is open but silent (a laptop that slept, a router
 * that forgot): closing by itself could take minutes.
 */
import { IDisposable } from '@lumino/disposable';

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 8_000;
/** The server says something every 5 s; a line that is silent for longer than this is dead. */
const SILENCE_MS = 16_000;
const CHECK_MS = 4_000;

export interface ILineEvents {
  opened: () => void;
  received: (text: string) => void;
  /** The line was lost; `isSilent` when nothing said so but its silence. */
  closed: (isSilent: boolean) => void;
}

export class Line implements IDisposable {
  constructor(
    private readonly url: () => string,
    private readonly nowMs: () => number,
    private readonly events: ILineEvents
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get isOpen(): boolean {
    return this._socket?.readyState === WebSocket.OPEN;
  }

  connect(): void {
    if (this._isDisposed || this._socket !== null) {
      return;
    }
    this._watch();
    this._heardMs = this.nowMs();
    const socket = new WebSocket(this.url());
    this._socket = socket;
    socket.onopen = () => {
      this._retryMs = RETRY_MIN_MS;
      this.events.opened();
    };
    socket.onmessage = message => {
      this._heardMs = this.nowMs();
      this.events.received(String(message.data));
    };
    socket.onclose = () => this._closed(false);
  }

  send(text: string): void {
    if (this.isOpen) {
      this._socket!.send(text);
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._retryTimer);
    window.clearInterval(this._checkTimer);
    window.removeEventListener?.('online', this._wake);
    globalThis.document?.removeEventListener('visibilitychange', this._wake);
    this._socket?.close();
  }

  private _watch(): void {
    if (this._checkTimer === 0) {
      this._checkTimer = window.setInterval(() => this._check(), CHECK_MS);
      window.addEventListener?.('online', this._wake);
      globalThis.document?.addEventListener('visibilitychange', this._wake);
    }
  }

  private _closed(isSilent: boolean): void {
    this._socket = null;
    window.clearTimeout(this._retryTimer);
    if (!this._isDisposed) {
      this._retryTimer = window.setTimeout(() => this.connect(), this._retryMs * (0.5 + Math.random()));
      this._retryMs = Math.min(RETRY_MAX_MS, this._retryMs * 2);
      this.events.closed(isSilent);
    }
  }

  private _check(): void {
    const socket = this._socket;
    if (socket !== null && this.nowMs() - this._heardMs > SILENCE_MS) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      this._closed(true);
    }
  }

  private readonly _wake = (): void => {
    if (globalThis.document?.visibilityState !== 'hidden') {
      this._check();
      this._retryMs = RETRY_MIN_MS;
      if (this._socket === null) {
        window.clearTimeout(this._retryTimer);
        this.connect();
      }
    }
  };

  private _socket: WebSocket | null = null;
  private _retryTimer = 0;
  private _checkTimer = 0;
  private _heardMs = 0;
  private _retryMs = RETRY_MIN_MS;
  private _isDisposed = false;
}
