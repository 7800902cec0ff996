/** Keep events within what the collector takes: so much text, so many cells, so many operations in one. */
import { MAX_OP_TEXT } from './delta';
import { CellsOp, ICellState, TextOp } from './events';

const MAX_EVENT_CELLS = 1_000;
const MAX_EVENT_OPS = 5_000;

/** Cut a list of cells into lists that fit into one event. */
export function* chunks(cells: ICellState[]): Generator<ICellState[]> {
  for (let from = 0; from < cells.length; from += MAX_EVENT_CELLS) {
    yield cells.slice(from, from + MAX_EVENT_CELLS);
  }
}

/** Empty the cells whose text has no room in the event any more; they come to `long`, to be filled afterwards. */
export function withinEvent(cells: ICellState[], room: { left: number }, long: ICellState[]): ICellState[] {
  return cells.map(cell => {
    if (cell.source.length <= room.left) {
      room.left -= cell.source.length;
      return cell;
    }
    long.push(cell);
    return { ...cell, source: '' };
  });
}

/** Cut an operation that inserts too many cells into several. */
export function splitOp(at: number, gone: number, inserted: ICellState[]): CellsOp[] {
  const parts = [...chunks(inserted)];
  return parts.length === 0
    ? [[at, gone, []]]
    : parts.map((part, index) => [at + index * MAX_EVENT_CELLS, index === 0 ? gone : 0, part]);
}

/** Group operations so that one event never carries much more than one long insertion. */
export function* byLength(ops: TextOp[]): Generator<TextOp[]> {
  let group: TextOp[] = [];
  let length = 0;
  for (const op of ops) {
    if (group.length > 0 && (length + op[2].length > MAX_OP_TEXT || group.length === MAX_EVENT_OPS)) {
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
