/** Every notebook that is open: one observer of its cells, and what happens around them. */
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { INotebookModel, INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { DisposableDelegate, DisposableSet, IDisposable } from '@lumino/disposable';

import { documentDigest } from '../document';
import { Recorder } from '../recorder';
import { CellsObserver } from './cells';
import { Attribution } from './editing';

export class NotebooksObserver implements IDisposable {
  constructor(
    private readonly recorder: Recorder,
    private readonly attribution: Attribution,
    private readonly tracker: INotebookTracker
  ) {
    tracker.forEach(panel => this._opened(tracker, panel));
    tracker.widgetAdded.connect(this._opened, this);
    tracker.activeCellChanged.connect(this._activated, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Also record which cell is active. Off until the sitting says that this much is recorded. */
  recordActiveCells(): void {
    this._recordsActive = true;
    this._activated();
  }

  /** Return the digest of every open notebook, after checking that the recording agrees with it. */
  async digests(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const observer of new Set(this._observers.values())) {
      observer.check();
      found[observer.path] = await documentDigest(observer.path, observer.cells);
    }
    return found;
  }

  /** Let nothing be typed any more: the sitting is over. */
  close(): void {
    this.tracker.forEach(panel => {
      panel.content.widgets.forEach(cell => {
        cell.readOnly = true;
      });
    });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.tracker.widgetAdded.disconnect(this._opened, this);
    this.tracker.activeCellChanged.disconnect(this._activated, this);
    this._connections.dispose();
  }

  private _opened(_: INotebookTracker, panel: NotebookPanel): void {
    void panel.context.ready.then(() => {
      if (!panel.isDisposed && !this._isDisposed) {
        this._watch(panel.context);
        panel.disposed.connect(() => this._closed(panel.context));
      }
    });
  }

  /** Observe a document once, however many views it has. */
  private _watch(context: DocumentRegistry.IContext<INotebookModel>): void {
    if (this._observers.has(context)) {
      return;
    }
    const cells = new CellsObserver(this.recorder, this.attribution, context.model.sharedModel, context.path);
    const onSave = (_: unknown, state: DocumentRegistry.SaveState) => {
      if (state === 'completed') {
        cells.check();
        this.recorder.emit({ type: 'saved', path: cells.path });
      }
    };
    const onPath = (_: unknown, path: string) => cells.moveTo(path);
    context.saveState.connect(onSave);
    context.pathChanged.connect(onPath);
    const connection = new DisposableDelegate(() => {
      context.saveState.disconnect(onSave);
      context.pathChanged.disconnect(onPath);
      cells.dispose();
      this._observers.delete(context);
    });
    this._observers.set(context, cells);
    this._connections.add(connection);
    context.disposed.connect(() => connection.dispose());
  }

  private _closed(context: DocumentRegistry.IContext<INotebookModel>): void {
    if (this._recordsActive) {
      this.recorder.emit({ type: 'active_cell', path: context.path, cell: '' });
    }
  }

  private _activated(): void {
    const panel = this.tracker.currentWidget;
    if (!this._recordsActive || panel === null || panel.isDisposed) {
      return;
    }
    const cell = activeId(panel.content);
    const key = `${panel.context.path}\n${cell}`;
    if (key !== this._lastActive && this._observers.has(panel.context)) {
      this._lastActive = key;
      this.recorder.emit({ type: 'active_cell', path: panel.context.path, cell });
    }
  }

  private _isDisposed = false;
  private _recordsActive = false;
  private _lastActive = '';
  private readonly _observers = new Map<DocumentRegistry.Context, CellsObserver>();
  private readonly _connections = new DisposableSet();
}

function activeId(notebook: Notebook): string {
  return notebook.activeCell?.model?.id ?? '';
}
