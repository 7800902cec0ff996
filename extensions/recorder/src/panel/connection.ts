/** What is said when the Jupyter server does not answer: one notice that goes away by itself, never a modal dialog. */
import { Notification } from '@jupyterlab/apputils';

import { SittingModel } from '../sitting';
import { Transport } from '../transport';

const LOST =
  'The connection to the server is interrupted. Keep working: your changes are kept in this browser and sent when it is back.';

export class ConnectionNotice {
  /** Take the notice away as soon as the recording goes on or the sitting is over. */
  watch(sitting: SittingModel, transport: Transport): void {
    this._isOver = () => sitting.isOver;
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
