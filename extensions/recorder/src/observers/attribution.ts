/**
 * Who makes a change, found out before it is made.
 *
 * Everything that changes a text does it within one call: an editor's update, an action on cells, a command, a
 * replacement by the search. Whoever sees such a call begin says so here, and the observer of the shared text, called from
 * deep inside of it, finds the innermost one. What was begun by nobody we know of is `unknown`, or, when it did not come
 * through an editor, a program's.
 */
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

/** Whether a change is made through an editor or to a list of cells. */
export type ChangeKind = 'editor' | 'cells';

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

  /** Let a cause that has yet to read the clipboard claim the next change of its kind that nobody else explains. */
  expect(kind: ChangeKind, cause: ICause, done: Promise<unknown>): void {
    const expected = { kind, cause };
    this._expected = expected;
    const forget = () => {
      if (this._expected === expected) {
        this._expected = null;
      }
    };
    done.then(forget, forget);
  }

  /** Name the source of the change that is being made to a text. */
  sourceOfEdit(origin: unknown, isLocal: boolean, text: unknown): Source {
    if (isUndoManager(origin)) {
      return origin.redoing ? 'redo' : 'undo';
    }
    if (!isEditorBinding(origin, text)) {
      return (this._causeOutside() ?? byNobody(isLocal)).source;
    }
    const editor = this._scopes[this._scopes.length - 1];
    if (editor === undefined || !editor.isEditor) {
      return 'unknown';
    }
    if (editor.cause.source !== 'unknown') {
      return editor.cause.source;
    }
    const around = this._scopes[this._scopes.length - 2];
    return (around !== undefined && !around.isEditor ? around.cause : this._takeExpected('editor'))?.source ?? 'unknown';
  }

  /** Name the cause of the change that is being made to a list of cells. */
  causeOfCells(origin: unknown, isLocal: boolean): ICause {
    if (isUndoManager(origin)) {
      return { source: origin.redoing ? 'redo' : 'undo' };
    }
    return this._causeOutside() ?? (isLocal ? this._takeExpected('cells') : null) ?? byNobody(isLocal);
  }

  private _causeOutside(): ICause | null {
    const scope = this._scopes[this._scopes.length - 1];
    return scope !== undefined && !scope.isEditor ? scope.cause : null;
  }

  private _takeExpected(kind: ChangeKind): ICause | null {
    if (this._expected?.kind !== kind) {
      return null;
    }
    const { cause } = this._expected;
    this._expected = null;
    return cause;
  }

  private readonly _scopes: IScope[] = [];
  private _expected: { kind: ChangeKind; cause: ICause } | null = null;
}

function byNobody(isLocal: boolean): ICause {
  return { source: isLocal ? 'programmatic' : 'unknown' };
}
