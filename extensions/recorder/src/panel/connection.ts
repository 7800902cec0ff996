/** What is said when the Jupyter server does not answer: one notice that goes away by itself, never a modal dialog. */
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { Kernel } from '@jupyterlab/services';

import { SittingModel } from '../sitting';
import { Transport } from '../transport';

const LOST =
  'The connection to the server is interrupted. Keep working: your changes are kept in this browser and sent when it is back.';

const MISSED =
  'Code was running while the connection was interrupted. If some of its output is missing, run the cell again; the kernel has kept its variables.';

export class ConnectionNotice {
  /**
   * Take the notice away as soon as the recording goes on or the sitting is over. When the line is back, say that output may
   * be missing if code was running (fault F19), and let the notebooks' own lines be made anew if they died silently.
   */
  watch(sitting: SittingModel, transport: Transport, tracker: INotebookTracker): void {
    this._isOver = () => sitting.isOver;
    let wasConnected = false;
    let wasBusy = false;
    transport.stateChanged.connect((_, { isConnected }) => {
      const isBusy = kernels(tracker).some(kernel => kernel.status === 'busy');
      if (!isConnected) {
        // The kernel's own line may have gone first, and its status with it: what was last seen counts as well.
        wasBusy ||= isBusy;
      } else if (!wasConnected && wasBusy) {
        wasBusy = false;
        Notification.info(MISSED, { autoClose: 60_000 });
      } else {
        wasBusy = isBusy;
      }
      wasConnected = isConnected;
    });
    transport.revived.connect(() => {
      kernels(tracker).forEach(kernel => void kernel.reconnect().catch(() => undefined));
    });
    transport.stateChanged.connect(() => {
      if (transport.state.recording === 'ok') {
        this._dismiss();
      }
    });
    sitting.changed.connect(() => {
      if (sitting.isOver) {
        this._dismiss();
      }
    });
  }

  /** Tell about the loss once; after the end of a sitting the server is gone on purpose. */
  readonly show = (): Promise<void> => {
    if (this._id === '' && !this._isOver()) {
      this._id = Notification.warning(LOST, { autoClose: false });
    }
    return Promise.resolve();
  };

  private _dismiss(): void {
    if (this._id !== '') {
      Notification.dismiss(this._id);
      this._id = '';
    }
  }

  private _isOver = (): boolean => false;
  private _id = '';
}

/** The connections to the kernels of the open notebooks. */
function kernels(tracker: INotebookTracker): Kernel.IKernelConnection[] {
  const found: Kernel.IKernelConnection[] = [];
  tracker.forEach(panel => {
    const kernel = panel.sessionContext.session?.kernel;
    if (kernel) {
      found.push(kernel);
    }
  });
  return found;
}
