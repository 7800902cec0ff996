/**
 * What the editor knows about a change before the shared text does.
 *
 * CodeMirror tells its plugins about an update in order of precedence; the binding to the shared text is one of them.
 * Ours comes before it and notes the user event, so that the observer of the shared text, called from inside the binding,
 * finds out who made the change. Accepting a completion carries no user event: it is claimed right afterwards, when
 * the completer says so in the same turn of the event loop.
 */
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { JupyterFrontEnd } from '@jupyterlab/application';
import { ICompletionProviderManager } from '@jupyterlab/completer';
import { Prec, Transaction } from '@codemirror/state';
import { PluginValue, ViewPlugin, ViewUpdate } from '@codemirror/view';
import { DisposableDelegate, DisposableSet, IDisposable } from '@lumino/disposable';

import { Source, IEditEvent } from '../events';
import { sourceOfUserEvent } from './attribution';

const EXTENSION_NAME = '@nbassess/recorder:editing';
const INLINE_ACCEPT = 'inline-completer:accept';

export class Attribution {
  /** Note who makes the change that the editor is about to write. */
  note(userEvent: string | undefined): void {
    this._source = sourceOfUserEvent(userEvent);
  }

  /** Return who makes the change that the binding writes now. */
  get source(): Source {
    return this._source;
  }

  /** Remember edits that nobody explained, until this turn of the event loop ends. */
  offer(edit: IEditEvent): void {
    if (this._unexplained.length === 0) {
      queueMicrotask(() => {
        this._unexplained = [];
      });
    }
    this._unexplained.push(edit);
  }

  /** Say that the edits nobody explained came from a completion. */
  claimCompletion(): void {
    this._unexplained.forEach(edit => {
      edit.source = 'complete';
    });
    this._unexplained = [];
  }

  private _source: Source = 'unknown';
  private _unexplained: IEditEvent[] = [];
}

/** Put the observer into every editor that is made from now on. */
export function observeEditors(registry: IEditorExtensionRegistry, attribution: Attribution): void {
  registry.addExtension({
    name: EXTENSION_NAME,
    factory: () => EditorExtensionRegistry.createImmutableExtension(editingExtension(attribution))
  });
}

function editingExtension(attribution: Attribution) {
  const plugin: PluginValue = {
    update: (update: ViewUpdate) => {
      if (update.docChanged) {
        const told = update.transactions.find(transaction => transaction.docChanged);
        attribution.note(told?.annotation(Transaction.userEvent));
      }
    }
  };
  return Prec.highest(ViewPlugin.define(() => plugin));
}

/** Claim changes for the completer when it says that something was chosen. */
export function observeCompletions(
  app: JupyterFrontEnd,
  completions: ICompletionProviderManager | null,
  attribution: Attribution
): IDisposable {
  const claim = () => attribution.claimCompletion();
  const onCommand = (_: unknown, args: { id: string }) => {
    if (args.id.startsWith(INLINE_ACCEPT)) {
      claim();
    }
  };
  const connections = new DisposableSet();
  app.commands.commandExecuted.connect(onCommand);
  connections.add(new DisposableDelegate(() => app.commands.commandExecuted.disconnect(onCommand)));
  if (completions !== null) {
    completions.selected.connect(claim);
    connections.add(new DisposableDelegate(() => completions.selected.disconnect(claim)));
  }
  return connections;
}
