/**
 * The truth about one open notebook: the shared texts of its cells and the shared list of cells.
 *
 * Cells that are not rendered have no editor, so nothing here asks an editor for content. A mirror is kept of what the
 * replay will know; when it ever differs from the model, a fresh snapshot is recorded.
 */
import { ISharedCell, ISharedNotebook, NotebookChange } from '@jupyter/ydoc';
import { IDisposable } from '@lumino/disposable';

import { applyCells, applyText, cellAction, cellsOps, IDeltaPart, MAX_OP_TEXT, pieces, textOps } from '../delta';
import { documentText } from '../document';
import { ICellState, IEditEvent, TextOp } from '../events';
import { Recorder } from '../recorder';
import { isEditorBinding, sourceOfOrigin } from './attribution';
import { Attribution } from './editing';

/** The part of a Yjs text that is observed; `sharedModel` has it but does not declare it. */
interface IObservableText {
  observe(handler: TextHandler): void;
  unobserve(handler: TextHandler): void;
}

type TextHandler = (
  event: { delta: IDeltaPart<string>[] },
  transaction: { origin: unknown; local: boolean }
) => void;

export class CellsObserver implements IDisposable {
  constructor(
    private readonly recorder: Recorder,
    private readonly attribution: Attribution,
    private readonly notebook: ISharedNotebook,
    private _path: string
  ) {
    this.snapshot();
    notebook.changed.connect(this._onNotebookChanged, this);
    notebook.cells.forEach(cell => this._watch(cell));
    recorder.restarted.connect(this.snapshot, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get path(): string {
    return this._path;
  }

  /** The cells as the model has them now. */
  get cells(): ICellState[] {
    return this.notebook.cells.map(stateOf);
  }

  /** Follow a rename: the document continues under the new path. */
  moveTo(path: string): void {
    this._path = path;
    this.snapshot();
  }

  /** Record the notebook as it is now. */
  snapshot(): void {
    const cells = this.cells;
    const isTooLong = (cell: ICellState) => cell.source.length > MAX_OP_TEXT;
    const short = cells.map(cell => (isTooLong(cell) ? { ...cell, source: '' } : cell));
    this.recorder.emit({ type: 'notebook_opened', path: this._path, cells: short });
    this._mirror = short;
    cells.filter(isTooLong).forEach(cell => this._fill(cell));
  }

  /** Record a fresh snapshot if what was recorded is not what the model has. */
  check(): void {
    if (documentText(this._path, this._mirror) !== documentText(this._path, this.cells)) {
      this.snapshot();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.recorder.restarted.disconnect(this.snapshot, this);
    this.notebook.changed.disconnect(this._onNotebookChanged, this);
    this._watched.forEach((handler, text) => text.unobserve(handler));
    this._watched.clear();
  }

  private _onNotebookChanged(_: unknown, change: NotebookChange): void {
    if (change.cellsChange === undefined) {
      return;
    }
    const inserted: ISharedCell[] = change.cellsChange.flatMap(part => part.insert ?? []);
    const long: ICellState[] = [];
    const delta = change.cellsChange.map(part => ({
      ...part,
      insert: part.insert?.map(cell => {
        const state = stateOf(cell);
        if (state.source.length <= MAX_OP_TEXT) {
          return state;
        }
        long.push(state);
        return { ...state, source: '' };
      })
    }));
    const ops = cellsOps(delta);
    const after = applyCells(this._mirror, ops);
    const action = cellAction(this._mirror, after);
    this.recorder.emit({ type: 'cells_changed', path: this._path, action, ops });
    this._mirror = after;
    long.forEach(cell => this._fill(cell));
    inserted.forEach(cell => this._watch(cell));
  }

  /** Record a text that is too long for one event as several insertions into an empty cell. */
  private _fill(cell: ICellState): void {
    let at = 0;
    for (const piece of pieces(cell.source)) {
      this._edit(cell.id, [[at, 0, piece]], 'programmatic');
      at += piece.length;
    }
  }

  private _watch(cell: ISharedCell): void {
    const text = (cell as unknown as { ysource: IObservableText }).ysource;
    if (this._watched.has(text)) {
      return;
    }
    const handler: TextHandler = (event, transaction) => {
      const isEditor = isEditorBinding(transaction.origin, text);
      const source = isEditor ? this.attribution.source : sourceOfOrigin(transaction.origin, transaction.local);
      for (const ops of byLength(textOps(event.delta))) {
        const edit = this._edit(cell.getId(), ops, source);
        if (isEditor && source === 'unknown' && edit !== null) {
          this.attribution.offer(edit);
        }
      }
    };
    text.observe(handler);
    this._watched.set(text, handler);
    cell.disposed.connect(() => {
      text.unobserve(handler);
      this._watched.delete(text);
    });
  }

  private _edit(cell: string, ops: TextOp[], source: IEditEvent['source']): IEditEvent | null {
    if (ops.length === 0) {
      return null;
    }
    this._mirror = this._mirror.map(state =>
      state.id === cell ? { ...state, source: applyText(state.source, ops) } : state
    );
    return this.recorder.emit({ type: 'edit', path: this._path, cell, source, ops }) as IEditEvent | null;
  }

  private _mirror: ICellState[] = [];
  private _isDisposed = false;
  private readonly _watched = new Map<IObservableText, TextHandler>();
}

function stateOf(cell: ISharedCell): ICellState {
  return { id: cell.getId(), cell_type: cell.cell_type, source: cell.getSource() };
}

/** Group operations so that one event never carries much more than one long insertion. */
function* byLength(ops: TextOp[]): Generator<TextOp[]> {
  let group: TextOp[] = [];
  let length = 0;
  for (const op of ops) {
    if (group.length > 0 && length + op[2].length > MAX_OP_TEXT) {
      yield group;
      group = [];
      length = 0;
    }
    group.push(op);
    length += op[2].length;
  }
  if (group.length > 0) {
    yield group;
  }
}
