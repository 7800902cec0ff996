/**
 * What is recorded of one open document: its snapshot, and every change after it.
 *
 * A mirror is kept of what the replay will know; when it ever differs from the model, a fresh snapshot is recorded.
 */
import { applyCells, cellAction, cellsOps, IDeltaPart, MAX_OP_TEXT, pieces, textOps, trimmed } from '../delta';
import { isSameCells } from '../document';
import { CellAction, CellsOp, FILE_CELL, ICellState, Source, TextOp } from '../events';
import { guarded } from '../guarded';
import { Mirror } from '../mirror';
import { pastedEvent } from '../pasted';
import { Recorder } from '../recorder';
import { byLength, chunks, splitOp, withinEvent } from '../sizes';
import { ICause } from './attribution';
import { Seen } from './seen';

/** What all documents of a page share. */
export interface IShared {
  recorder: Recorder;
  seen: Seen;
}

export class DocumentRecord {
  constructor(
    private readonly shared: IShared,
    private readonly kind: 'notebook' | 'file',
    private _path: string,
    private readonly read: () => ICellState[]
  ) {
    this._mirror = new Mirror(text => shared.seen.vanished(text));
    this.snapshot();
    shared.seen.opened(_path, this._mirror);
    shared.recorder.restarted.connect(this.snapshot, this);
  }

  get path(): string {
    return this._path;
  }

  /** Whether this is a notebook's file shown as text, in capitals or not: recorded, but no replay takes it for a document. */
  get isShadow(): boolean {
    return this.kind === 'file' && this._path.toLowerCase().endsWith('.ipynb');
  }

  /** The cells as the model has them now. */
  get cells(): ICellState[] {
    return this.read();
  }

  dispose(): void {
    this._isDisposed = true;
    this.shared.recorder.restarted.disconnect(this.snapshot, this);
    this.shared.seen.closed(this._mirror);
  }

  /** Follow a rename: the document continues under the new path. */
  moveTo(path: string): void {
    this._path = path;
    this.snapshot();
  }

  /** Record the document as it is now. */
  snapshot(): void {
    const cells = this.read();
    const { recorder } = this.shared;
    const [first, ...others] = chunks(cells);
    const long: ICellState[] = [];
    const short = withinEvent(first ?? [], { left: MAX_OP_TEXT }, long);
    this._mirror.reset(short);
    if (this.kind === 'file') {
      recorder.emit({ type: 'file_opened', path: this._path, text: short[0]?.source ?? '' });
    } else {
      recorder.emit({ type: 'notebook_opened', path: this._path, cells: short });
    }
    long.forEach(cell => this._fill(cell));
    let at = short.length;
    for (const more of others) {
      this._splice([[at, 0, more]], { source: 'programmatic', action: 'insert' });
      at += more.length;
    }
  }

  /** Record a fresh snapshot if what was recorded is not what the model has. */
  check(): void {
    if (!isSameCells(this._mirror.cells, this.read())) {
      this.snapshot();
    }
  }

  /** Record a fresh snapshot if the recorded text of one cell is not this one. */
  checkCell(cell: string, text: string): void {
    if (this._mirror.textOf(cell) !== text) {
      this.snapshot();
    }
  }

  /** Record a change to the text of a cell. `index` finds the cell when its id is not the only one. */
  edited(cell: string, index: () => number, delta: IDeltaPart<string>[], source: Source): void {
    this._guarded(() => this._edited(cell, index, delta, source));
  }

  /** Record a change to the list of cells. */
  spliced(delta: Iterable<IDeltaPart<ICellState[]>>, cause: ICause): void {
    this._guarded(() => this._spliced(delta, cause));
  }

  /** What fails here would stop the editor. Begin again with a snapshot, when this call is over. */
  private _guarded(change: () => void): void {
    let isDone = false;
    guarded(() => {
      change();
      isDone = true;
    });
    if (!isDone) {
      this._later(() => this.snapshot());
    }
  }

  /** Look at the model when this turn is over: within a transaction it is ahead of what has been told. */
  private _later(look: () => void): void {
    queueMicrotask(() => {
      if (!this._isDisposed) {
        guarded(look);
      }
    });
  }

  private _edited(cell: string, index: () => number, delta: IDeltaPart<string>[], source: Source): void {
    if (source === 'paste' || source === 'drop') {
      this._pasted(cell, source, delta.map(part => part.insert ?? ''));
    }
    if (!this._mirror.has(cell)) {
      this._replaceCell(index(), source);
      return;
    }
    const before = this._mirror.textOf(cell) ?? '';
    const isWhole = source === 'programmatic' || source === 'replace' || source === 'cells';
    const ops = textOps(delta);
    let isDoubtful = false;
    for (const group of byLength(isWhole ? trimmed(before, ops) : ops)) {
      isDoubtful = this._edit(cell, group, source) || isDoubtful;
    }
    if (isDoubtful) {
      this._later(() => this.check());
    }
  }

  private _spliced(delta: Iterable<IDeltaPart<ICellState[]>>, cause: ICause): void {
    const ops = cellsOps(delta);
    if (cause.source === 'paste' || cause.source === 'drop') {
      const inserted = ops.flatMap(op => op[2]);
      this._pasted(inserted.length === 1 ? inserted[0]!.id : '', 'cells', [inserted.map(cell => cell.source).join('\n')]);
    }
    this._splice(ops, cause);
    // Whoever was told before us may already have changed the text of a new cell.
    this._later(() => this.check());
  }

  private _pasted(cell: string, via: 'paste' | 'drop' | 'cells', inserted: string[]): void {
    const { recorder, seen } = this.shared;
    const event = pastedEvent({ path: this._path, cell, via }, inserted, text => seen.lookUp(text));
    if (event !== null) {
      recorder.emit(event);
    }
  }

  /** Where two cells have the same id, say which by its place: put the cell in again as it is. */
  private _replaceCell(index: number, source: Source): void {
    const cells = this.read();
    const cell = cells[index];
    if (cell === undefined || cells.length !== this._mirror.cells.length) {
      this._later(() => this.check());
    } else {
      this._splice([[index, 1, [cell]]], { source, action: 'other' });
    }
  }

  private _splice(ops: CellsOp[], { source, action }: ICause): void {
    const long: ICellState[] = [];
    const room = { left: MAX_OP_TEXT };
    const bounded = ops.flatMap(([at, gone, inserted]) => splitOp(at, gone, withinEvent(inserted, room, long)));
    const before = this._mirror.cells;
    const named = namedAction(action, before, applyCells(before, bounded));
    this._mirror.resplice(bounded);
    this.shared.recorder.emit({
      type: 'cells_changed',
      path: this._path,
      action: named,
      ...(source === 'unknown' ? {} : { source }),
      ops: bounded
    });
    long.forEach(cell => this._fill(cell));
  }

  /** Record a text that is too long for one event as several insertions into an empty cell. */
  private _fill(cell: ICellState): void {
    let at = 0;
    for (const piece of pieces(cell.source)) {
      this._edit(cell.id, [[at, 0, piece]], 'programmatic');
      at += piece.length;
    }
  }

  /** Record an edit; returns whether the model may have made something else of it. */
  private _edit(cell: string, ops: TextOp[], source: Source): boolean {
    const isDoubtful = this._mirror.edit(cell, ops);
    this.shared.recorder.emit({ type: 'edit', path: this._path, cell, source, ops });
    return isDoubtful;
  }

  private _isDisposed = false;
  private readonly _mirror: Mirror;
}

/** Return the one cell of a text file. */
export function fileCell(text: string): ICellState {
  return { id: FILE_CELL, cell_type: FILE_CELL, source: text };
}

/** What an action did, unless the cells say that it did something else: a run inserts a cell or changes nothing. */
function namedAction(action: CellAction | undefined, before: ICellState[], after: ICellState[]): CellAction {
  const found = cellAction(before, after);
  const isOther = action === 'insert' && found !== 'insert';
  return action === undefined || isOther ? found : action;
}
