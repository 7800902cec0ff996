/**
 * From Yjs deltas to operations, and what kind of change a list of operations is.
 *
 * A delta walks the old text once (retain, insert, delete); operations are applied one after the other, so positions
 * move along with what was already inserted and deleted.
 */
import { CellAction, CellsOp, ICellState, TextOp } from './events';

/** No operation carries more text than this; a longer insertion becomes several. */
export const MAX_OP_TEXT = 400_000;

export interface IDeltaPart<T> {
  retain?: number;
  insert?: T;
  delete?: number;
}

/** Turn a delta over a text into operations. */
export function textOps(delta: Iterable<IDeltaPart<string>>): TextOp[] {
  const ops: TextOp[] = [];
  let position = 0;
  for (const part of delta) {
    if (part.insert !== undefined) {
      for (const piece of pieces(part.insert)) {
        ops.push([position, 0, piece]);
        position += piece.length;
      }
    } else if (part.delete !== undefined) {
      ops.push([position, part.delete, '']);
    } else {
      position += part.retain ?? 0;
    }
  }
  return joined(ops);
}

/** Turn a delta over a list of cells into operations. */
export function cellsOps(delta: Iterable<IDeltaPart<ICellState[]>>): CellsOp[] {
  const ops: CellsOp[] = [];
  let index = 0;
  for (const part of delta) {
    if (part.insert !== undefined) {
      ops.push([index, 0, part.insert]);
      index += part.insert.length;
    } else if (part.delete !== undefined) {
      ops.push([index, part.delete, []]);
    } else {
      index += part.retain ?? 0;
    }
  }
  return ops;
}

/** Apply operations to a text. */
export function applyText(text: string, ops: TextOp[]): string {
  return ops.reduce(
    (before, [at, gone, inserted]) => before.slice(0, at) + inserted + before.slice(at + gone),
    text
  );
}

/** Apply operations to a list of cells; returns a new list. */
export function applyCells(cells: ICellState[], ops: CellsOp[]): ICellState[] {
  const after = [...cells];
  for (const [at, gone, inserted] of ops) {
    after.splice(at, gone, ...inserted);
  }
  return after;
}

/** Name what happened to the list of cells between two states. */
export function cellAction(before: ICellState[], after: ICellState[]): CellAction {
  const old = new Map(before.map(cell => [cell.id, cell]));
  const now = new Set(after.map(cell => cell.id));
  const added = after.filter(cell => !old.has(cell.id));
  const gone = before.filter(cell => !now.has(cell.id));
  if (added.length === 0 && gone.length === 0) {
    const retyped = after.some(cell => old.get(cell.id)?.cell_type !== cell.cell_type);
    return retyped ? 'type' : 'move';
  }
  if (gone.length === 0) {
    return 'insert';
  }
  if (added.length === 0) {
    return 'delete';
  }
  return isRetyped(before, after) ? 'type' : 'other';
}

/** Whether the lists differ only in cells that kept their place and text but not their type. */
function isRetyped(before: ICellState[], after: ICellState[]): boolean {
  return (
    before.length === after.length &&
    before.every((cell, index) => {
      const other = after[index];
      const same = cell.id === other?.id && cell.cell_type === other.cell_type;
      return same || (cell.source === other?.source && cell.cell_type !== other.cell_type);
    })
  );
}

/** Join a deletion and an insertion at the same place, in whatever order, into one replacement. */
function joined(ops: TextOp[]): TextOp[] {
  const result: TextOp[] = [];
  for (const [at, gone, inserted] of ops) {
    const last = result[result.length - 1];
    if (last && gone > 0 && inserted === '' && last[1] === 0 && at === last[0] + last[2].length) {
      last[1] = gone;
    } else if (last && gone === 0 && last[2] === '' && at === last[0]) {
      last[2] = inserted;
    } else {
      result.push([at, gone, inserted]);
    }
  }
  return result;
}

/** Leave out of one replacement what stays the same at both ends: a program that sets a text changes little of it. */
export function trimmed(before: string, ops: TextOp[]): TextOp[] {
  const [only, ...others] = ops;
  if (only === undefined || others.length > 0 || only[1] === 0 || only[2] === '') {
    return ops;
  }
  const [at, gone, inserted] = only;
  const old = before.slice(at, at + gone);
  const shorter = Math.min(old.length, inserted.length);
  let head = 0;
  while (head < shorter && old[head] === inserted[head]) {
    head += 1;
  }
  head -= isLowHalf(old, head) || isLowHalf(inserted, head) ? 1 : 0;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === inserted[inserted.length - 1 - tail]) {
    tail += 1;
  }
  tail -= tail > 0 && isLowHalf(inserted, inserted.length - tail) ? 1 : 0;
  const left: TextOp = [at + head, gone - head - tail, inserted.slice(head, inserted.length - tail)];
  return left[1] === 0 && left[2] === '' ? [] : [left];
}

/** Whether a cut at this place would part a surrogate pair. */
function isLowHalf(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff;
}

/** Cut a text into pieces of bounded length, never between the halves of a surrogate pair. */
export function* pieces(text: string, limit = MAX_OP_TEXT): Generator<string> {
  let from = 0;
  while (from < text.length) {
    let to = Math.min(from + limit, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff && to - from > 1) {
      to -= 1;
    }
    yield text.slice(from, to);
    from = to;
  }
}
