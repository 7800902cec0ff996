/** Text that is copied, cut or dragged in this page, so that a paste of it is known as such. It never leaves the page. */
import { JupyterFrontEnd } from '@jupyterlab/application';
import { Notebook } from '@jupyterlab/notebook';
import { DisposableSet, IDisposable } from '@lumino/disposable';

import { around } from '../around';
import { guarded } from '../guarded';
import { Seen } from './seen';

/** Commands that copy what is selected without an event of the browser. */
const COPYING = new Set(['notebook:copy-selected-text', 'notebook:cut-selected-text', 'fileeditor:copy', 'fileeditor:cut']);

export class ClipboardObserver implements IDisposable {
  constructor(
    app: JupyterFrontEnd,
    private readonly seen: Seen
  ) {
    // Behind everybody else: by then what is copied has been put together.
    document.addEventListener('copy', this._onCopy);
    document.addEventListener('cut', this._onCopy);
    document.addEventListener('dragstart', this._onDrag);
    this._arounds.add(
      around(Notebook.prototype, 'recordCellClipboardInteraction', (call, _, [what, cells]) => {
        if (what !== 'paste') {
          guarded(() => this._noteCells(cells as { source: string | string[] }[]));
        }
        return call();
      })
    );
    this._arounds.add(
      around(app.commands, 'execute', (call, _, [id]) => {
        if (COPYING.has(String(id))) {
          this._note(null);
        }
        return call();
      })
    );
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._arounds.dispose();
    document.removeEventListener('copy', this._onCopy);
    document.removeEventListener('cut', this._onCopy);
    document.removeEventListener('dragstart', this._onDrag);
  }

  private readonly _onCopy = (event: ClipboardEvent): void => this._note(event.clipboardData);

  private readonly _onDrag = (event: DragEvent): void => this._note(event.dataTransfer);

  private _note(data: DataTransfer | null): void {
    const text = data?.getData('text/plain') || String(document.getSelection() ?? '');
    this.seen.copied(text);
  }

  private _noteCells(cells: { source: string | string[] }[]): void {
    const texts = cells.map(cell => [cell.source].flat().join(''));
    texts.forEach(text => this.seen.copied(text));
    this.seen.copied(texts.join('\n'));
  }

  private _isDisposed = false;
  private readonly _arounds = new DisposableSet();
}
