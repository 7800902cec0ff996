/** Every notebook and text file that is open: an observer of each, and what happens around them. */
import { IWidgetTracker } from '@jupyterlab/apputils';
import { CodeEditorWrapper } from '@jupyterlab/codeeditor';
import { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookModel, INotebookTracker, Notebook } from '@jupyterlab/notebook';
import { DisposableDelegate, DisposableSet, IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { documentDigest } from '../document';
import { FILE_CELL, Output } from '../events';
import { Attribution } from './attribution';
import { IPlace } from './attention';
import { CellsObserver } from './cells';
import { ExecutionObserver } from './execution';
import { FileObserver, ITextModel } from './files';
import { KernelObserver } from './kernel';
import { DocumentRecord, IShared } from './record';
import { observeSaves, recordSave } from './saves';

export interface ITrackers {
  notebooks: INotebookTracker;
  editors: IEditorTracker | null;
}

/** What is observed of one document. */
interface IObserved extends IDisposable {
  readonly record: DocumentRecord;
}

type Widget = IDocumentWidget;
/** Null when it is not to be recorded. */
type Observe = (context: DocumentRegistry.Context) => IObserved | null;

/** A text file that is larger when it is opened is data; it is not recorded. */
const MAX_FILE_UNITS = 2_000_000;

export class DocumentsObserver implements IDisposable {
  constructor(
    private readonly shared: IShared,
    private readonly attribution: Attribution,
    private readonly trackers: ITrackers,
    nowMs: () => number
  ) {
    const { notebooks, editors } = trackers;
    this._executions = new ExecutionObserver(shared.recorder, shared.seen, nowMs, notebook => this._pathOf(notebook));
    this._follow(notebooks, context => this._notebook(context));
    if (editors !== null) {
      this._follow(editors, context => this._file(context));
    }
    notebooks.activeCellChanged.connect(this._activated, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Also record which cell is active. Off until the sitting says that this much is recorded. */
  recordActiveCells(): void {
    this._recordsActive = true;
    this._activated();
  }

  /** The open documents. */
  get contexts(): DocumentRegistry.Context[] {
    return [...this._observed.keys()];
  }

  /** Call with every document that is open or will be. */
  forEachContext(call: (context: DocumentRegistry.Context) => void): void {
    this.contexts.forEach(call);
    this._opened.connect((_, context) => call(context));
  }

  /** Return the digest of every open document, after checking that the recording agrees with it. */
  digests(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const { record } of this._observed.values()) {
      record.check();
      if (!record.isShadow) {
        found[record.path] = documentDigest(record.path, record.cells);
      }
    }
    return found;
  }

  /** Record that what is not saved is being written now, because the page goes away. */
  leaving(): void {
    for (const [context, { record }] of this._observed) {
      if (context.model.dirty) {
        recordSave(record, this.shared.recorder);
      }
    }
  }

  /** Let nothing be typed any more: the sitting is over. */
  close(): void {
    this.trackers.notebooks.forEach(panel => {
      panel.content.widgets.forEach(cell => {
        cell.readOnly = true;
      });
    });
    this.trackers.editors?.forEach(({ content }) => {
      (content as unknown as CodeEditorWrapper).editor.setOption('readOnly', true);
    });
  }

  /** Return where a shared text belongs, or null when it is not recorded. */
  placeOf(sharedModel: unknown): IPlace | null {
    for (const [context, { record }] of this._observed) {
      if (context.model.sharedModel === sharedModel) {
        return { path: record.path, cell: FILE_CELL };
      }
      const { notebook, getId } = (sharedModel ?? {}) as { notebook?: unknown; getId?: () => string };
      if (notebook === context.model.sharedModel && getId !== undefined) {
        return { path: record.path, cell: getId.call(sharedModel) };
      }
    }
    return null;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.trackers.notebooks.activeCellChanged.disconnect(this._activated, this);
    this._executions.dispose();
    this._connections.dispose();
    Signal.clearData(this);
  }

  private _follow(tracker: IWidgetTracker<Widget>, observe: Observe): void {
    const opened = (_: unknown, widget: Widget) => {
      void widget.context.ready.then(() => {
        if (!widget.isDisposed && !this._isDisposed) {
          this._watch(widget.context, observe);
          widget.disposed.connect(() => this._closed(widget.context));
        }
      });
    };
    tracker.forEach(widget => opened(tracker, widget));
    tracker.widgetAdded.connect(opened);
    this._connections.add(new DisposableDelegate(() => tracker.widgetAdded.disconnect(opened)));
  }

  /** Observe a document once, however many views it has. */
  private _watch(context: DocumentRegistry.Context, observe: Observe): void {
    if (this._observed.has(context)) {
      return;
    }
    const observed = observe(context);
    if (observed === null) {
      return;
    }
    const onPath = (_: unknown, path: string) => observed.record.moveTo(path);
    context.pathChanged.connect(onPath);
    const all = new DisposableSet();
    all.add(observeSaves(context, observed.record, this.shared.recorder));
    all.add(observed);
    const connection = new DisposableDelegate(() => {
      context.pathChanged.disconnect(onPath);
      all.dispose();
      this._observed.delete(context);
    });
    this._observed.set(context, observed);
    this._opened.emit(context);
    this._connections.add(connection);
    context.disposed.connect(() => connection.dispose());
  }

  private _file(context: DocumentRegistry.Context): IObserved | null {
    const file = context.model.sharedModel as unknown as ITextModel;
    const isData = file.getSource().length > MAX_FILE_UNITS;
    return isData ? null : new FileObserver(this.shared, this.attribution, file, context.path);
  }

  private _notebook(context: DocumentRegistry.Context): IObserved {
    const { cells, sharedModel } = context.model as INotebookModel;
    const observer = new CellsObserver(this.shared, this.attribution, sharedModel, context.path);
    for (const cell of cells) {
      if (cell.type === 'code') {
        this.shared.seen.shown((cell.toJSON() as unknown as { outputs: Output[] }).outputs);
      }
    }
    const { record } = observer;
    const kernel = new KernelObserver(context.sessionContext, {
      onRun: (cell, code) => {
        record.checkCell(cell, code);
        this._executions.started(record.path, cell);
      },
      onState: state => {
        this.shared.recorder.emit({ type: 'kernel_changed', path: record.path, state });
      }
    });
    const both = new DisposableSet();
    both.add(kernel);
    both.add(observer);
    return Object.assign(both, { record });
  }

  private _closed(context: DocumentRegistry.Context): void {
    if (this._recordsActive && !this._isDisposed) {
      this.shared.recorder.emit({ type: 'active_cell', path: context.path, cell: '' });
    }
  }

  private _activated(): void {
    const panel = this.trackers.notebooks.currentWidget;
    if (!this._recordsActive || panel === null || panel.isDisposed) {
      return;
    }
    const cell = panel.content.activeCell?.model?.id ?? '';
    const key = `${panel.context.path}\n${cell}`;
    if (key !== this._lastActive && this._observed.has(panel.context)) {
      this._lastActive = key;
      this.shared.recorder.emit({ type: 'active_cell', path: panel.context.path, cell });
    }
  }

  private _pathOf(notebook: Notebook): string | null {
    return this.trackers.notebooks.find(panel => panel.content === notebook)?.context.path ?? null;
  }

  private readonly _opened = new Signal<this, DocumentRegistry.Context>(this);
  private _isDisposed = false;
  private _recordsActive = false;
  private _lastActive = '';
  private readonly _executions: ExecutionObserver;
  private readonly _observed = new Map<DocumentRegistry.Context, IObserved>();
  private readonly _connections = new DisposableSet();
}
