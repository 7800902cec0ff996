/**
 * What the recording says that a document contains, kept beside the model so that the two can be compared.
 *
 * An edit costs the text of its cell and nothing else. Texts that are about to vanish are handed on before they do: a
 * run of deletions hands on the text as it was before the run, once, so that correcting a slip costs nothing.
 */
import { applyCells } from './delta';
import { CellsOp, ICellState, TextOp } from './events';

/** So many units have to vanish in a row before the text before them is worth remembering. */
export const REMEMBER_UNITS = 8;

interface IHeld {
  state: ICellState;
  /** The text before the run of deletions that goes on now, and how much has vanished in it. */
  before: string;
  gone: number;
}

export class Mirror {
  /** `onVanished` is told a text that was there and, in part or whole, is going. */
  constructor(private readonly onVanished: (text: string) => void) {}

  get cells(): ICellState[] {
    return this._cells;
  }

  /** Whether exactly one cell has this id. A cell that was cut, brought back by undo and pasted is there twice. */
  has(id: string): boolean {
    return this._held.has(id) && !this._twice.has(id);
  }

  /** Return the text of a cell, or null where there is none of this id. */
  textOf(id: string): string | null {
    return this._held.get(id)?.state.source ?? null;
  }

  /** Begin again with a document as it is. */
  reset(cells: ICellState[]): void {
    this._handOn(cells);
    this._cells = cells.map(cell => ({ ...cell }));
    this._index();
  }

  /**
   * Apply an edit to the one cell of this id. Returns whether it parts a surrogate pair: the shared text puts U+FFFD for
   * what is left of the halves, and no delta tells about it.
   */
  edit(id: string, ops: TextOp[]): boolean {
    const held = this._held.get(id);
    if (held === undefined) {
      return false;
    }
    let parts = false;
    for (const [at, gone, inserted] of ops) {
      const text = held.state.source;
      parts ||= isWithinPair(text, at) || isWithinPair(text, at + gone);
      this._note(held, gone);
      held.state.source = text.slice(0, at) + inserted + text.slice(at + gone);
    }
    return parts;
  }

  /** Apply operations on the list of cells. */
  resplice(ops: CellsOp[]): void {
    const kept = new Set(this._cells);
    const after = applyCells(this._cells, ops);
    this._handOn(after);
    this._cells = after.map(cell => (kept.has(cell) ? cell : { ...cell }));
    this._index();
  }

  private _note(held: IHeld, gone: number): void {
    if (gone === 0) {
      held.gone = 0;
      return;
    }
    if (held.gone === 0) {
      held.before = held.state.source;
    }
    const isWorthIt = held.gone < REMEMBER_UNITS && held.gone + gone >= REMEMBER_UNITS;
    held.gone += gone;
    if (isWorthIt) {
      this.onVanished(held.before);
    }
  }

  private _handOn(after: ICellState[]): void {
    const left = new Map(after.map(cell => [cell.id, cell.source]));
    this._cells.filter(cell => left.get(cell.id) !== cell.source).forEach(cell => this.onVanished(cell.source));
  }

  private _index(): void {
    const before = this._held;
    this._held = new Map();
    this._twice.clear();
    for (const state of this._cells) {
      const held = before.get(state.id);
      if (this._held.has(state.id)) {
        this._twice.add(state.id);
      }
      this._held.set(state.id, held?.state === state ? held : { state, before: '', gone: 0 });
    }
  }

  private _cells: ICellState[] = [];
  private _held = new Map<string, IHeld>();
  private readonly _twice = new Set<string>();
}

function isWithinPair(text: string, at: number): boolean {
  return at > 0 && (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
