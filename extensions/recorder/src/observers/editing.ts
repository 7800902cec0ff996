/**
 * What the editors and the actions of JupyterLab know about a change before the shared text does.
 *
 * CodeMirror tells its plugins about an update in order of precedence; the binding to the shared text is one of them. Ours
 * stand before and behind it: the first notes the user event, the second forgets it, and in between the shared text changes.
 * Completions, the search and the actions on cells tell nothing; their methods are run within a cause.
 */
import { JupyterFrontEnd } from '@jupyterlab/application';
import { CodeEditor, CodeEditorWrapper } from '@jupyterlab/codeeditor';
import { EditorExtensionRegistry, EditorSearchProvider, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { CompletionHandler, InlineCompleter } from '@jupyterlab/completer';
import { Notebook, NotebookActions } from '@jupyterlab/notebook';
import { Prec, Transaction } from '@codemirror/state';
import { ViewPlugin, ViewUpdate } from '@codemirror/view';
import { DisposableDelegate, DisposableSet, IDisposable } from '@lumino/disposable';

import { around } from '../around';
import { Source } from '../events';
import { guarded } from '../guarded';
import { Attribution, ICause, sourceOfUserEvent } from './attribution';

/** A paste that has not changed anything by then has gone elsewhere. */
const PASTE_MS = 2_000;
const EXTENSION_NAME = '@nbassess/recorder:editing';

const CELLS: ICause = { source: 'cells' };
const PASTE: ICause = { source: 'paste', action: 'paste' };
const DROP: ICause = { source: 'drop', action: 'insert' };
const CUT: ICause = { source: 'cut', action: 'cut' };

/** Actions on cells, all called by commands, menus and buttons, and what they are the cause of. */
const BY_ACTION: Record<string, ICause> = {
  splitCell: { ...CELLS, action: 'split' },
  mergeCells: { ...CELLS, action: 'merge' },
  deleteCells: { ...CELLS, action: 'delete' },
  insertAbove: { ...CELLS, action: 'insert' },
  insertBelow: { ...CELLS, action: 'insert' },
  moveUp: { ...CELLS, action: 'move' },
  moveDown: { ...CELLS, action: 'move' },
  moveCells: { ...CELLS, action: 'move' },
  changeCellType: { ...CELLS, action: 'type' },
  setMarkdownHeader: CELLS,
  duplicate: { ...CELLS, action: 'insert' },
  runAndAdvance: { ...CELLS, action: 'insert' },
  runAndInsert: { ...CELLS, action: 'insert' },
  insertSameLevelHeadingAbove: { ...CELLS, action: 'insert' },
  insertSameLevelHeadingBelow: { ...CELLS, action: 'insert' },
  cut: CUT,
  paste: PASTE
};

/** Actions that first wait for the system's clipboard. */
const BY_LATER_ACTION: Record<string, ICause> = {
  cutToSystemClipboard: CUT,
  pasteFromSystemClipboard: PASTE
};

/** Commands that a person chose, which change a text through its editor without saying what they are. */
const BY_COMMAND: Record<string, ICause> = {
  'codemirror:toggle-comment': { source: 'type' },
  'codemirror:toggle-block-comment': { source: 'type' },
  'codemirror:markdown-toggle-bold': { source: 'type' },
  'fileeditor:cut': { source: 'cut' }
};

/** The same, but after waiting for the system's clipboard. */
const BY_LATER_COMMAND: Record<string, ICause> = {
  'notebook:cut-selected-text': { source: 'cut' },
  'notebook:paste-text': { source: 'paste' },
  'fileeditor:paste': { source: 'paste' }
};

/** Told about every change of a selection: cheap, or typing becomes slow. */
export type SelectionListener = (model: CodeEditor.IModel, update: ViewUpdate) => void;

/** Put the observer into every editor that is made from now on. */
export function observeEditors(
  registry: IEditorExtensionRegistry,
  attribution: Attribution,
  onSelection: SelectionListener
): void {
  registry.addExtension({
    name: EXTENSION_NAME,
    factory: options =>
      EditorExtensionRegistry.createImmutableExtension(
        editingExtension(attribution, update => onSelection(options.model, update))
      )
  });
}

function editingExtension(attribution: Attribution, onSelection: (update: ViewUpdate) => void) {
  let depth = -1;
  const before = (update: ViewUpdate) => {
    if (update.docChanged) {
      depth = attribution.enter(sourceOfUpdate(update));
    }
  };
  const behind = (update: ViewUpdate) => {
    if (update.docChanged && depth >= 0) {
      attribution.leave(depth);
      depth = -1;
    }
    if (update.selectionSet) {
      guarded(() => onSelection(update));
    }
  };
  return [
    Prec.highest(ViewPlugin.define(() => ({ update: before }))),
    Prec.lowest(ViewPlugin.define(() => ({ update: behind })))
  ];
}

/** Name the source of an update; several transactions have to agree. */
function sourceOfUpdate(update: ViewUpdate): Source {
  const changes = update.transactions.filter(transaction => transaction.docChanged);
  const sources = changes.map(transaction => sourceOfUserEvent(transaction.annotation(Transaction.userEvent)));
  const [first] = sources;
  return first !== undefined && sources.every(source => source === first) ? first : 'unknown';
}

/** Run everything that changes texts without saying so within its cause. */
export function observeActions(app: JupyterFrontEnd, attribution: Attribution): IDisposable {
  const all = new DisposableSet();
  const within = (target: object, name: string, cause: ICause) =>
    all.add(around(target, name, call => attribution.during(cause, call)));
  const dropping = (target: object) =>
    all.add(
      around(target, 'handleEvent', (call, _, [event]) =>
        (event as Event).type === 'lm-drop' ? attribution.during(DROP, call) : call()
      )
    );
  Object.entries(BY_ACTION).forEach(([name, cause]) => within(NotebookActions, name, cause));
  Object.entries(BY_LATER_ACTION).forEach(([name, cause]) =>
    all.add(around(NotebookActions, name, call => expecting(attribution, cause, ofCells, call)))
  );
  within(CompletionHandler.prototype, 'onCompletionSelected', { source: 'complete' });
  within(InlineCompleter.prototype, 'accept', { source: 'inline' });
  within(EditorSearchProvider.prototype, 'replaceCurrentMatch', { source: 'replace' });
  within(EditorSearchProvider.prototype, 'replaceAllMatches', { source: 'replace' });
  dropping(Notebook.prototype);
  dropping(CodeEditorWrapper.prototype);
  all.add(around(app.commands, 'execute', (call, _, [id]) => runCommand(attribution, String(id), call)));
  all.add(observePastes(attribution));
  return all;
}

function runCommand(attribution: Attribution, id: string, call: () => unknown): unknown {
  const cause = BY_COMMAND[id];
  const later = BY_LATER_COMMAND[id];
  if (later !== undefined) {
    return expecting(attribution, later, later.source === 'cut' ? ofDeletion : ofInsertion, call);
  }
  return cause !== undefined ? attribution.during(cause, call) : call();
}

const ofCells = (inserted: string | null): boolean => inserted === null;
const ofInsertion = (inserted: string | null): boolean => inserted !== null && inserted !== '';
const ofDeletion = (inserted: string | null): boolean => inserted === '';

/** Run what may change something at once, or as soon as the clipboard has answered. */
function expecting(
  attribution: Attribution,
  cause: ICause,
  isIt: (inserted: string | null) => boolean,
  call: () => unknown
): unknown {
  const result = attribution.during(cause, call);
  if (result instanceof Promise) {
    const expected = attribution.expect({ cause, isIt });
    const forget = () => expected.dispose();
    result.then(forget, forget);
  }
  return result;
}

/** Markdown cells read what is pasted into them later than the browser says it, and write it as a program would. */
function observePastes(attribution: Attribution): IDisposable {
  let timer = 0;
  const onPaste = (event: ClipboardEvent) => {
    const text = (event.clipboardData?.getData('text/plain') ?? '').replace(/\r\n?/g, '\n');
    if (text !== '') {
      const expected = attribution.expect({ cause: PASTE, isIt: inserted => inserted === text });
      window.clearTimeout(timer);
      timer = window.setTimeout(() => expected.dispose(), PASTE_MS);
    }
  };
  document.addEventListener('paste', onPaste, { capture: true });
  return new DisposableDelegate(() => document.removeEventListener('paste', onPaste, { capture: true }));
}
