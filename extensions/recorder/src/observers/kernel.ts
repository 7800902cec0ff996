/**
 * The kernel of one document: what is sent to it to be run, and what becomes of it.
 *
 * A run is recorded when its request is made, with the text that is in it: that is also how it is with a run that waits for
 * others, or for a kernel that is still starting.
 */
import { ISessionContext } from '@jupyterlab/apputils';
import { Kernel, KernelMessage, Session } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';

import { around } from '../around';
import { KernelState } from '../events';
import { guarded } from '../guarded';

export interface IKernelListener {
  /** A cell is being sent to the kernel; `code` is the text that is sent. */
  onRun(cell: string, code: string): void;
  onState(state: KernelState): void;
}

type Changed<T> = { newValue: T | null };

export class KernelObserver implements IDisposable {
  constructor(
    private readonly context: ISessionContext,
    private readonly listener: IKernelListener
  ) {
    context.sessionChanged.connect(this._onSession, this);
    context.kernelChanged.connect(this._onKernel, this);
    context.statusChanged.connect(this._onStatus, this);
    this._joinSession(context.session);
    if (context.session?.kernel) {
      this._joinKernel(context.session.kernel);
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.context.sessionChanged.disconnect(this._onSession, this);
    this.context.kernelChanged.disconnect(this._onKernel, this);
    this.context.statusChanged.disconnect(this._onStatus, this);
    this._joinSession(null);
    this._interrupts?.dispose();
  }

  private _onSession(_: unknown, { newValue }: Changed<Session.ISessionConnection>): void {
    this._joinSession(newValue);
  }

  private _joinSession(session: Session.ISessionConnection | null): void {
    this._session?.anyMessage.disconnect(this._onMessage, this);
    this._session = session;
    session?.anyMessage.connect(this._onMessage, this);
  }

  private _onKernel(_: unknown, { newValue }: Changed<Kernel.IKernelConnection>): void {
    // JupyterLab says so after a restart as well.
    if (newValue === this._kernel) {
      return;
    }
    this._interrupts?.dispose();
    this._kernel = null;
    this._hasDied = false;
    if (newValue !== null) {
      this._joinKernel(newValue);
    } else {
      this.listener.onState('stopped');
    }
  }

  private _joinKernel(kernel: Kernel.IKernelConnection): void {
    this._kernel = kernel;
    this.listener.onState('started');
    // An interrupt is a request to the server; nothing signals it.
    this._interrupts = around(kernel, 'interrupt', call => {
      guarded(() => this.listener.onState('interrupted'));
      return call();
    });
  }

  private _onStatus(_: unknown, status: Kernel.Status): void {
    if (status === this._status) {
      return;
    }
    this._status = status;
    if (status === 'restarting') {
      this.listener.onState('restarted');
    } else if (status === 'dead' || status === 'autorestarting') {
      this._hasDied = status === 'autorestarting';
      this.listener.onState('died');
    } else if (this._hasDied && (status === 'idle' || status === 'busy')) {
      this._hasDied = false;
      this.listener.onState('restarted');
    }
  }

  private _onMessage(_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void {
    if (direction === 'send' && msg.header.msg_type === 'execute_request') {
      const cell = (msg.metadata as { cellId?: unknown }).cellId;
      if (typeof cell === 'string') {
        this.listener.onRun(cell, (msg as KernelMessage.IExecuteRequestMsg).content.code);
      }
    }
  }

  private _session: Session.ISessionConnection | null = null;
  private _kernel: Kernel.IKernelConnection | null = null;
  private _interrupts: IDisposable | null = null;
  private _status: Kernel.Status = 'unknown';
  private _hasDied = false;
  private _isDisposed = false;
}
