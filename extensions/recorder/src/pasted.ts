/** What is told about text that came in by the clipboard, a drop, or pasted cells. Never the text itself. */
import { sha256Hex } from './digest';
import { IPastedEvent, SeenIn } from './events';

/** Says where a text had been seen in this sitting. */
export type SeenLookup = (text: string) => SeenIn[];

export interface IPastedInto {
  path: string;
  cell: string;
  via: IPastedEvent['via'];
}

/** Describe the pieces that one paste put in; null when it put in nothing. */
export function pastedEvent(into: IPastedInto, pieces: string[], seen: SeenLookup): IPastedEvent | null {
  const text = joined(pieces.filter(piece => piece !== ''));
  if (text === '') {
    return null;
  }
  return { type: 'pasted', ...into, length: text.length, sha256: sha256Hex(text), seen: seen(text) };
}

/** With several cursors each gets the whole text, or each gets a line of it. */
function joined(pieces: string[]): string {
  return pieces.every(piece => piece === pieces[0]) ? (pieces[0] ?? '') : pieces.join('\n');
}
