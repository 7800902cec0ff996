/**
 * Who makes a change, found out before it is made.
 *
 * Everything that changes a text does it within one call: an editor's update, an action on cells, a command, a
 * replacement by the search. Whoever sees such a call begin says so here, and the observer of the shared text, called from
 * deep inside of it, finds the innermost one. What was begun by nobody we know of is `unknown`, or, when it did not come
 * through an editor, a program's.
 */
import { DisposableDelegate, IDisposable } from '@lumino/disposable';

import { CellAction, Source } from '../events';

/** User events of CodeMirror and what they are called here; the first that fits counts. */
const BY_USER_EVENT: [string, Source][] = [
  ['delete.cut', 'cut'],
  ['delete', 'type'],
  ['indent', 'type'],
  ['input.complete', 'complete'],
  ['input.drop', 'drop'],
  ['input.paste', 'paste'],
  ['input.replace', 'replace'],
  ['input.type.compose', 'compose'],
  ['input', 'type'],
  ['move.drop', 'drop'],
  ['move', 'type'],
  ['undo', 'undo'],
  ['redo', 'redo']
];

/** Name the source of an editor change; `unknown` where the editor says nothing. */
export function sourceOfUserEvent(userEvent: string | undefined): Source {
  const found = BY_USER_EVENT.find(([name]) => userEvent === name || userEvent?.startsWith(`${name}.`));
  return found?.[1] ?? 'unknown';
}

/** What goes on, and for changes to the list of cells also what it does. */
export interface ICause {
  source: Source;
  action?: CellAction;
}

/** A change that has been asked for and comes later, when the clipboard has answered. */
export interface IExpected {
  cause: ICause;
  /** Whether a change is the one: to a text, with what it inserts, or to a list of cells. */
  isIt: (inserted: string | null) => boolean;
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

interface IScope {
  cause: ICause;
  isEditor: boolean;
}

export class Attribution {
  /** Run something that is known to be the cause of every change made within it. */
  during<T>(cause: ICause, run: () => T): T {
    const depth = this._scopes.push({ cause, isEditor: false }) - 1;
    try {
      return run();
    } finally {
      this._scopes.length = depth;
    }
  }

  /** An editor begins to tell about its change; returns what `leave` wants. */
  enter(source: Source): number {
    return this._scopes.push({ cause: { source }, isEditor: true }) - 1;
  }

  /** The editor has told. Also forgets what was entered later and never left. */
  leave(depth: number): void {
    this._scopes.length = Math.min(depth, this._scopes.length);
  }

  /** Let a cause claim one change that nobody else explains, until it is forgotten. */
  expect(expected: IExpected): IDisposable {
    this._expected = expected;
    return new DisposableDelegate(() => {
      if (this._expected === expected) {
        this._expected = null;
      }
    });
  }

  /** Name the source of the change that is being made to a text. */
  sourceOfEdit(origin: unknown, isLocal: boolean, text: unknown, inserted: string): Source {
    if (isUndoManager(origin)) {
      return origin.redoing ? 'redo' : 'undo';
    }
    const known = isEditorBinding(origin, text) ? this._causeInEditor() : this._causeOutside();
    const cause = known ?? (isLocal ? this._takeExpected(inserted) : null);
    if (cause?.source === 'paste') {
      this._expected = null; // this was it
    }
    if (cause !== null) {
      return cause.source;
    }
    return isLocal && !isEditorBinding(origin, text) ? 'programmatic' : 'unknown';
  }

  /** Name the cause of the change that is being made to a list of cells. */
  causeOfCells(origin: unknown, isLocal: boolean): ICause {
    if (isUndoManager(origin)) {
      return { source: origin.redoing ? 'redo' : 'undo' };
    }
    const cause = this._causeOutside() ?? (isLocal ? this._takeExpected(null) : null);
    return cause ?? { source: isLocal ? 'programmatic' : 'unknown' };
  }

  /** What the editor says that is being told, or else what goes on around it. */
  private _causeInEditor(): ICause | null {
    const editor = this._scopes[this._scopes.length - 1];
    if (editor === undefined || !editor.isEditor) {
      return null;
    }
    const around = this._scopes[this._scopes.length - 2];
    return editor.cause.source !== 'unknown' ? editor.cause : around?.isEditor === false ? around.cause : null;
  }

  private _causeOutside(): ICause | null {
    const scope = this._scopes[this._scopes.length - 1];
    return scope !== undefined && !scope.isEditor ? scope.cause : null;
  }

  private _takeExpected(inserted: string | null): ICause | null {
    const expected = this._expected;
    if (expected === null || !expected.isIt(inserted)) {
      return null;
    }
    this._expected = null;
    return expected.cause;
  }

  private readonly _scopes: IScope[] = [];
  private _expected: IExpected | null = null;
}
