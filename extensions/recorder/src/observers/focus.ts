/** Where the candidate's attention is: keyboard focus of the window, visibility of the page, and the whole screen. */
import { IDisposable } from '@lumino/disposable';

import { FocusState } from '../events';
import { Recorder } from '../recorder';

export class FocusObserver implements IDisposable {
  constructor(private readonly recorder: Recorder) {
    window.addEventListener('focus', this._onFocus);
    window.addEventListener('blur', this._onBlur);
    document.addEventListener('visibilitychange', this._onVisibility);
    document.addEventListener('fullscreenchange', this._onScreen);
    // The browser's own full screen (F11) makes no event of the document.
    this._display.addEventListener('change', this._onScreen);
    // The state at the beginning: a recording without any is then one in which focus is not recorded.
    this._record(document.hasFocus() ? 'focus' : 'blur');
    this._onScreen();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.removeEventListener('focus', this._onFocus);
    window.removeEventListener('blur', this._onBlur);
    document.removeEventListener('visibilitychange', this._onVisibility);
    document.removeEventListener('fullscreenchange', this._onScreen);
    this._display.removeEventListener('change', this._onScreen);
  }

  private readonly _onFocus = (): void => this._record('focus');

  // A click into an output's frame also blurs the window, but the document keeps the focus then.
  private readonly _onBlur = (): void => {
    if (!document.hasFocus()) {
      this._record('blur');
    }
  };

  private readonly _onVisibility = (): void => this._record(document.visibilityState === 'hidden' ? 'hidden' : 'visible');

  private readonly _onScreen = (): void => {
    const isFull = document.fullscreenElement !== null || this._display.matches;
    if (isFull !== this._isFull) {
      this._isFull = isFull;
      this.recorder.emit({ type: 'focus', state: isFull ? 'fullscreen' : 'windowed' });
    }
  };

  private _record(state: FocusState): void {
    if (state !== this._last) {
      this._last = state;
      this.recorder.emit({ type: 'focus', state });
    }
  }

  private _isDisposed = false;
  private _last: FocusState | null = null;
  private _isFull = false;
  private readonly _display = window.matchMedia('(display-mode: fullscreen)');
}
