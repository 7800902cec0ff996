/** The bytes of a notebook document, the thing that is compared "byte for byte" with the replay. */
import { ICellState } from './events';

/** Return the canonical JSON text of a document: sorted keys, no spaces, only ASCII. */
export function documentText(path: string, cells: ICellState[]): string {
  const parts = cells.map(
    cell =>
      `{"cell_type":${quoted(cell.cell_type)},"id":${quoted(cell.id)},"source":${quoted(cell.source)}}`
  );
  return `{"cells":[${parts.join(',')}],"path":${quoted(path)}}`;
}

/** Return the SHA-256 of a document's bytes in hex, or "" where the browser offers no digest. */
export async function documentDigest(path: string, cells: ICellState[]): Promise<string> {
  // Without a secure context (plain HTTP on another host) there is no crypto.subtle.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) {
    return '';
  }
  const bytes = new TextEncoder().encode(documentText(path, cells));
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** Quote as Python's `json.dumps` with `ensure_ascii` does: 0x7f and every unit above it is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    unit => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')
  );
}
