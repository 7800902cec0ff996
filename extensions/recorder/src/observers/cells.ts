/**
 * The truth about one open notebook: the shared texts of its cells and the shared list of cells.
 *
 * Cells that are not rendered have no editor, so nothing here asks an editor for content.
 */
import { ISharedCell, ISharedNotebook, NotebookChange } from '@jupyter/ydoc';
import { IDisposable } from '@lumino/disposable';

import { ICellState } from '../events';
import { Attribution } from './attribution';
import { DocumentRecord, IShared } from './record';
import { IObservableText, ITransaction, watchText } from './texts';

/** The part of a Yjs document that is observed; `sharedModel` has it but does not declare it. */
interface IObservableDocument {
  on(name: 'beforeObserverCalls', handler: (transaction: ITransaction) => void): void;
  off(name: 'beforeObserverCalls', handler: (transaction: ITransaction) => void): void;
}

export class CellsObserver implements IDisposable {
  readonly record: DocumentRecord;

  constructor(
    shared: IShared,
    private readonly attribution: Attribution,
    private readonly notebook: ISharedNotebook,
    path: string
  ) {
    this.record = new DocumentRecord(shared, 'notebook', path, () => notebook.cells.map(stateOf));
    this._document.on('beforeObserverCalls', this._onTransaction);
    notebook.changed.connect(this._onNotebookChanged, this);
    notebook.cells.forEach(cell => this._watch(cell));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.notebook.changed.disconnect(this._onNotebookChanged, this);
    this._document.off('beforeObserverCalls', this._onTransaction);
    this._watched.forEach(watch => watch.dispose());
    this._watched.clear();
    this.record.dispose();
  }

  private get _document(): IObservableDocument {
    return (this.notebook as unknown as { ydoc: IObservableDocument }).ydoc;
  }

  // The signal that tells about the list of cells does not say who changed it; the transaction does.
  private readonly _onTransaction = (transaction: ITransaction): void => {
    this._transaction = transaction;
  };

  private _onNotebookChanged(_: unknown, change: NotebookChange): void {
    if (change.cellsChange === undefined) {
      return;
    }
    const { origin, local } = this._transaction;
    const delta = change.cellsChange.map(part => ({ ...part, insert: part.insert?.map(stateOf) }));
    this.record.spliced(delta, this.attribution.causeOfCells(origin, local));
    change.cellsChange.flatMap(part => part.insert ?? []).forEach(cell => this._watch(cell));
  }

  private _watch(cell: ISharedCell): void {
    const text = (cell as unknown as { ysource: IObservableText }).ysource;
    if (this._watched.has(text)) {
      return;
    }
    const watch = watchText(text, this.attribution, (delta, source) => {
      this.record.edited(cell.getId(), () => this.notebook.cells.indexOf(cell), delta, source);
    });
    this._watched.set(text, watch);
    cell.disposed.connect(() => {
      watch.dispose();
      this._watched.delete(text);
    });
  }

  private _isDisposed = false;
  private _transaction: ITransaction = { origin: null, local: false };
  private readonly _watched = new Map<IObservableText, IDisposable>();
}

function stateOf(cell: ISharedCell): ICellState {
  return { id: cell.getId(), cell_type: cell.cell_type, source: cell.getSource() };
}
