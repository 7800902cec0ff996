/** Runs of cells: when each was sent to the kernel, how it ended, and what it printed (bounded). */
import { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { Notebook, NotebookActions } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';

import { Output } from '../events';
import { boundOutputs, countOf } from '../outputs';
import { Recorder } from '../recorder';
import { Seen } from './seen';

interface IRun {
  notebook: Notebook;
  cell: Cell;
  success: boolean;
}

export class ExecutionObserver implements IDisposable {
  constructor(
    private readonly recorder: Recorder,
    private readonly seen: Seen,
    private readonly nowMs: () => number,
    private readonly pathOf: (notebook: Notebook) => string | null
  ) {
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      NotebookActions.executed.disconnect(this._onExecuted, this);
    }
  }

  /** Record that a cell is being sent to the kernel. */
  started(path: string, cell: string): void {
    this._sentMs.set(cell, this.nowMs());
    this.recorder.emit({ type: 'execution_started', path, cell });
  }

  /** A cell without code also ends, but was never sent: that is no run. */
  private _onExecuted(_: unknown, { notebook, cell, success }: IRun): void {
    const path = this.pathOf(notebook);
    const model = cell.model;
    const sentMs = this._sentMs.get(model.id);
    if (path === null || sentMs === undefined || model.type !== 'code') {
      return;
    }
    const code = model as ICodeCellModel;
    const now = this.nowMs();
    const { outputs, truncated } = boundOutputs(code.outputs.toJSON() as Output[]);
    // A kernel runs one cell at a time: a queued cell begins when the one before it has finished.
    const beganMs = Math.max(sentMs, this._finishedMs.get(path) ?? 0);
    this.seen.shown(outputs);
    this.recorder.emit({
      type: 'execution_finished',
      path,
      cell: model.id,
      ok: success,
      execution_count: countOf(code.executionCount),
      duration_ms: Math.max(0, Math.round(now - beganMs)),
      outputs,
      truncated
    });
    this._finishedMs.set(path, now);
    this._sentMs.delete(model.id);
  }

  private _isDisposed = false;
  private readonly _sentMs = new Map<string, number>();
  private readonly _finishedMs = new Map<string, number>();
}
