/** Runs of cells: when each was sent to the kernel, how it ended, and what it printed (bounded). */
import { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { INotebookTracker, Notebook, NotebookActions } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';

import { Output } from '../events';
import { boundOutputs } from '../outputs';
import { Recorder } from '../recorder';

interface IRun {
  notebook: Notebook;
  cell: Cell;
}

export class ExecutionObserver implements IDisposable {
  constructor(
    private readonly recorder: Recorder,
    private readonly tracker: INotebookTracker,
    private readonly nowMs: () => number
  ) {
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    NotebookActions.executionScheduled.disconnect(this._onScheduled, this);
    NotebookActions.executed.disconnect(this._onExecuted, this);
  }

  private _onScheduled(_: unknown, { notebook, cell }: IRun): void {
    const path = this._pathOf(notebook);
    if (path !== null && cell.model.type === 'code') {
      this._scheduledMs.set(cell.model.id, this.nowMs());
      this.recorder.emit({ type: 'execution_started', path, cell: cell.model.id });
    }
  }

  private _onExecuted(_: unknown, args: IRun & { success: boolean }): void {
    const path = this._pathOf(args.notebook);
    const model = args.cell.model;
    if (path === null || model.type !== 'code') {
      return;
    }
    const code = model as ICodeCellModel;
    const now = this.nowMs();
    const { outputs, truncated } = boundOutputs(code.outputs.toJSON() as Output[]);
    this.recorder.emit({
      type: 'execution_finished',
      path,
      cell: model.id,
      ok: args.success,
      execution_count: code.executionCount,
      duration_ms: Math.max(0, Math.round(now - this._beganMs(path, model.id, now))),
      outputs,
      truncated
    });
    this._finishedMs.set(path, now);
    this._scheduledMs.delete(model.id);
  }

  /** A kernel runs one cell at a time: a queued cell begins when the one before it has finished. */
  private _beganMs(path: string, cell: string, now: number): number {
    return Math.max(this._scheduledMs.get(cell) ?? now, this._finishedMs.get(path) ?? 0);
  }

  private _pathOf(notebook: Notebook): string | null {
    return this.tracker.find(panel => panel.content === notebook)?.context.path ?? null;
  }

  private _isDisposed = false;
  private readonly _scheduledMs = new Map<string, number>();
  private readonly _finishedMs = new Map<string, number>();
}
