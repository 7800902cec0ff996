/** What the candidate looks at, coarsely: the lines that are selected and the cells that are visible, at most once a second. */
import { CodeEditor } from '@jupyterlab/codeeditor';
import { INotebookTracker, Notebook } from '@jupyterlab/notebook';
import { EditorView, ViewUpdate } from '@codemirror/view';
import { IDisposable } from '@lumino/disposable';

import { EventBody } from '../events';
import { Recorder } from '../recorder';

const PAUSE_MS = 1_000;

/** Where a text is: its document and its cell. */
export interface IPlace {
  path: string;
  cell: string;
}

export class AttentionObserver implements IDisposable {
  constructor(
    private readonly recorder: Recorder,
    private readonly tracker: INotebookTracker,
    private readonly placeOf: (sharedModel: unknown) => IPlace | null
  ) {
    document.addEventListener('scroll', this._onScroll, { capture: true, passive: true });
    tracker.currentChanged.connect(this._onScroll, this);
    this._onScroll();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._selecting);
    window.clearTimeout(this._scrolling);
    document.removeEventListener('scroll', this._onScroll, { capture: true });
    this.tracker.currentChanged.disconnect(this._onScroll, this);
  }

  /** A selection changed: look at it later, when it has come to rest. Called at every keystroke. */
  selected(model: CodeEditor.IModel, update: ViewUpdate): void {
    this._latest = { model, view: update.view };
    if (this._selecting === 0) {
      this._selecting = window.setTimeout(() => this._recordSelection(), PAUSE_MS);
    }
  }

  private _recordSelection(): void {
    this._selecting = 0;
    const latest = this._latest;
    this._latest = null;
    const place = latest === null ? null : this.placeOf(latest.model.sharedModel);
    if (latest === null || place === null || !latest.view.hasFocus) {
      return;
    }
    const { doc, selection } = latest.view.state;
    const { from, to } = selection.main;
    const event = {
      type: 'selection' as const,
      ...place,
      first_line: doc.lineAt(from).number - 1,
      last_line: doc.lineAt(to).number - 1,
      length: to - from
    };
    this._lastSelection = this._emitNew(event, this._lastSelection);
  }

  private readonly _onScroll = (): void => {
    if (this._scrolling === 0 && !this._isDisposed) {
      this._scrolling = window.setTimeout(() => this._recordVisible(), PAUSE_MS);
    }
  };

  private _recordVisible(): void {
    this._scrolling = 0;
    const panel = this.tracker.currentWidget;
    const visible = panel === null || !panel.isVisible || !panel.context.isReady ? [] : visibleCells(panel.content);
    const [first, last] = [visible[0], visible[visible.length - 1]];
    if (panel !== null && first !== undefined && last !== undefined) {
      const event = { type: 'scrolled' as const, path: panel.context.path, first_cell: first, last_cell: last };
      this._lastScrolled = this._emitNew(event, this._lastScrolled);
    }
  }

  private _emitNew(event: EventBody, last: string): string {
    const key = JSON.stringify(event);
    if (key !== last) {
      this.recorder.emit(event);
    }
    return key;
  }

  private _isDisposed = false;
  private _selecting = 0;
  private _scrolling = 0;
  private _latest: { model: CodeEditor.IModel; view: EditorView } | null = null;
  private _lastSelection = '';
  private _lastScrolled = '';
}

function visibleCells(notebook: Notebook): string[] {
  const frame = notebook.node.getBoundingClientRect();
  const isVisible = (node: HTMLElement) => {
    const box = node.getBoundingClientRect();
    return box.height > 0 && box.bottom > frame.top && box.top < frame.bottom;
  };
  return notebook.widgets.filter(cell => cell.isAttached && isVisible(cell.node)).map(cell => cell.model.id);
}
