/**
 * Keeps saving in step with the connection (fault F13).
 *
 * While the server cannot be reached, JupyterLab's autosave would ask every ten seconds and show a modal dialog about
 * each failure, in the middle of typing. So it is paused by JupyterLab's own flag and the one dialog that came before
 * is taken away. When the server is back the flag is cleared, which makes autosave resume (JupyterLab issue 16798), and what
 * is unsaved is saved at once. A save that had reached the disk although its answer was lost is recognised by its text:
 * otherwise JupyterLab would ask whether to keep one's own work or one's own older work.
 */
import { Dialog } from '@jupyterlab/apputils';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { Contents } from '@jupyterlab/services';
import { DisposableDelegate, DisposableSet } from '@lumino/disposable';

import { cellsOnDisk, isSameCells } from './document';
import { FILE_CELL, ICellState } from './events';
import { SittingModel } from './sitting';
import { Transport } from './transport';

type Context = DocumentRegistry.Context;

export interface ISavingParts {
  transport: Transport;
  sitting: SittingModel;
  contents: Contents.IManager;
  /** JupyterLab's flag: while it is false, nothing is asked of the server. */
  setConnected: (isConnected: boolean) => void;
  /** The open documents. */
  contexts: () => Context[];
}

export class Saving extends DisposableSet {
  constructor(private readonly parts: ISavingParts) {
    super();
    const { transport, sitting } = parts;
    const look = () => this._look();
    transport.stateChanged.connect(look);
    sitting.changed.connect(look);
    this.add(
      new DisposableDelegate(() => {
        transport.stateChanged.disconnect(look);
        sitting.changed.disconnect(look);
      })
    );
  }

  /** Follow the saves of a document. */
  watch(context: Context): void {
    const follow = (_: unknown, state: DocumentRegistry.SaveState) => {
      if (state === 'started') {
        this._writing.set(context, cellsOf(context));
      } else if (state === 'completed') {
        this._writing.delete(context);
      } else if (state === 'failed') {
        void this._failed(context);
      }
    };
    context.saveState.connect(follow);
    this.add(new DisposableDelegate(() => context.saveState.disconnect(follow)));
  }

  private get _isOffline(): boolean {
    return !this.parts.transport.state.isConnected && this.parts.sitting.isUnreachable;
  }

  private _look(): void {
    const { transport, sitting } = this.parts;
    if (!transport.state.isConnected && this._wasConnected) {
      void sitting.refresh(); // the stream alone does not say that the server is away
    }
    this._wasConnected = transport.state.isConnected;
    if (this._isOffline !== this._isPaused) {
      this._isPaused = this._isOffline;
      this.parts.setConnected(!this._isPaused);
      if (!this._isPaused) {
        void this._saveAll();
      }
    }
  }

  /** A save failed: when it was the connection, the panel says so, and no dialog needs to. */
  private async _failed(context: Context): Promise<void> {
    if (this._isRetrying) {
      return;
    }
    const dialogs = saveErrors();
    await this.parts.sitting.refresh();
    if (this.parts.sitting.isUnreachable || (await this._savesNow(context))) {
      dialogs.forEach(dialog => dialog.reject());
    }
  }

  /** Try once more: a line that was cut for a moment is back by now, a full disk is not. */
  private async _savesNow(context: Context): Promise<boolean> {
    this._isRetrying = true;
    try {
      await this._recognise(context).catch(() => undefined);
      await context.save();
      return true;
    } catch {
      return false;
    } finally {
      this._isRetrying = false;
    }
  }

  private async _saveAll(): Promise<void> {
    for (const context of this.parts.contexts().filter(each => each.model.dirty && !each.isDisposed)) {
      await this._recognise(context).catch(() => undefined);
      await context.save().catch(() => undefined); // autosave tries again
    }
  }

  /** Let JupyterLab know of a save whose answer was lost. */
  private async _recognise(context: Context): Promise<void> {
    const written = this._writing.get(context);
    if (written === undefined) {
      return;
    }
    this._writing.delete(context);
    const { path } = context;
    const onDisk = await this.parts.contents.get(path, { content: true, hash: true });
    // No public method takes the news; where this one is missing, JupyterLab asks as it always did.
    const update = (context as unknown as { _updateContentsModel?: (model: Contents.IModel) => void })._updateContentsModel;
    if (isSameCells(cellsOnDisk(onDisk.content), written) && !context.isDisposed) {
      update?.call(context, onDisk);
    }
  }

  private _isPaused = false;
  private _wasConnected = false;
  private _isRetrying = false;
  private readonly _writing = new Map<Context, ICellState[]>();
}

interface ISharedCell {
  cell_type: string;
  getId(): string;
  getSource(): string;
}

/** What of a document is typed: the cells of a notebook, or a text file as one. */
function cellsOf(context: Context): ICellState[] {
  const shared = context.model.sharedModel as unknown as { cells?: ISharedCell[]; getSource(): string };
  if (shared.cells === undefined) {
    return [{ id: FILE_CELL, cell_type: FILE_CELL, source: shared.getSource() }];
  }
  return shared.cells.map(cell => ({ id: cell.getId(), cell_type: cell.cell_type, source: cell.getSource() }));
}

/** The dialogs that JupyterLab shows about saves that failed. */
function saveErrors(): Dialog<unknown>[] {
  const found: Dialog<unknown>[] = [];
  Dialog.tracker.forEach(dialog => {
    if (/^File Save Error/.test(dialog.node.querySelector('.jp-Dialog-header')?.textContent ?? '')) {
      found.push(dialog);
    }
  });
  return found;
}
