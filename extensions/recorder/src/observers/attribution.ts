/** Who made a change: the table from CodeMirror's user events and Yjs transaction origins to our words. */
import { Source } from '../events';

/** User events of CodeMirror and what they are called here; the longest matching prefix counts. */
const BY_USER_EVENT: [string, Source][] = [
  ['delete.cut', 'cut'],
  ['delete', 'type'],
  ['input.complete', 'complete'],
  ['input.drop', 'paste'],
  ['input.paste', 'paste'],
  ['input', 'type'],
  ['move', 'type'],
  ['undo', 'undo'],
  ['redo', 'redo']
];

/** Name the source of an editor change; `unknown` where the editor says nothing. */
export function sourceOfUserEvent(userEvent: string | undefined): Source {
  const found = BY_USER_EVENT.find(([name]) => userEvent === name || userEvent?.startsWith(`${name}.`));
  return found?.[1] ?? 'unknown';
}

interface IUndoing {
  undoing: boolean;
  redoing: boolean;
}

/** Whether a transaction's origin is an undo manager. Not `instanceof`: there may be two copies of Yjs on a page. */
function isUndoManager(origin: unknown): origin is IUndoing {
  return typeof origin === 'object' && origin !== null && 'undoStack' in origin && 'redoStack' in origin;
}

/** Whether a transaction comes from the binding between an editor and the text. */
export function isEditorBinding(origin: unknown, text: unknown): boolean {
  return typeof origin === 'object' && origin !== null && 'ytext' in origin && origin.ytext === text;
}

/** Name the source of a change that did not come from an editor. */
export function sourceOfOrigin(origin: unknown, isLocal: boolean): Source {
  if (isUndoManager(origin)) {
    return origin.redoing ? 'redo' : 'undo';
  }
  return isLocal ? 'programmatic' : 'unknown';
}
