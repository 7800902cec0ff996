/**
 * A sign of life every ten seconds, at every level: without it a silent page cannot be told from one that is switched off.
 *
 * Browsers slow the timers of a page that nobody looks at down to one a minute, but not those of a worker.
 */
import { IDisposable } from '@lumino/disposable';

import { Recorder } from '../recorder';

export const HEARTBEAT_MS = 10_000;

export class Heartbeat implements IDisposable {
  constructor(private readonly recorder: Recorder) {
    this._stop = startWorker(this._beat) ?? startTimer(this._beat);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._stop();
    }
  }

  private readonly _beat = (): void => {
    this.recorder.emit({ type: 'heartbeat', wall_ms: Date.now() });
  };

  private _isDisposed = false;
  private readonly _stop: () => void;
}

function startTimer(beat: () => void): () => void {
  const timer = window.setInterval(beat, HEARTBEAT_MS);
  return () => window.clearInterval(timer);
}

/** Begin to beat from a worker; null where a page may not have one. */
function startWorker(beat: () => void): (() => void) | null {
  const code = `setInterval(() => postMessage(0), ${HEARTBEAT_MS})`;
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  let stop = () => undefined as void;
  try {
    const worker = new Worker(url);
    stop = () => worker.terminate();
    worker.onmessage = beat;
    // A content security policy refuses later, not here.
    worker.onerror = () => {
      stop();
      stop = startTimer(beat);
    };
  } catch {
    return null;
  } finally {
    window.setTimeout(() => URL.revokeObjectURL(url), HEARTBEAT_MS);
  }
  return () => stop();
}
