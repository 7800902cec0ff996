/** The bytes of a notebook document, the thing that is compared "byte for byte" with the replay. */
import { sha256Hex } from './digest';
import { FILE_CELL, ICellState } from './events';

/** Return the canonical JSON text of a document: sorted keys, no spaces, only ASCII. */
export function documentText(path: string, cells: ICellState[]): string {
  const parts = cells.map(
    cell =>
      `{"cell_type":${quoted(cell.cell_type)},"id":${quoted(cell.id)},"source":${quoted(cell.source)}}`
  );
  return `{"cells":[${parts.join(',')}],"path":${quoted(path)}}`;
}

/** Return the SHA-256 of a document's bytes in hex. */
export function documentDigest(path: string, cells: ICellState[]): string {
  return sha256Hex(documentText(path, cells));
}

/** Whether two documents have the same cells with the same texts in the same order. */
export function isSameCells(cells: ICellState[], others: ICellState[]): boolean {
  return (
    cells.length === others.length &&
    cells.every((cell, index) => {
      const other = others[index]!;
      return cell.id === other.id && cell.cell_type === other.cell_type && cell.source === other.source;
    })
  );
}

/** The cells of what is on the disk: a notebook in any form of nbformat, or a text file as one cell. */
export function cellsOnDisk(content: unknown): ICellState[] {
  if (typeof content === 'string') {
    return [{ id: FILE_CELL, cell_type: FILE_CELL, source: content.replace(/\r\n?/g, '\n') }];
  }
  const { cells } = content as { cells: { id: string; cell_type: string; source: string | string[] }[] };
  return cells.map(({ id, cell_type, source }) => ({
    ...{ id, cell_type },
    source: typeof source === 'string' ? source : source.join('')
  }));
}

/** Quote as Python's `json.dumps` with `ensure_ascii` does: 0x7f and every unit above it is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    unit => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')
  );
}
