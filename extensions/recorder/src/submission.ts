/** Submit: say what will be graded, make sure that everything is with the server, and show the receipt. */
import { Dialog, showDialog } from '@jupyterlab/apputils';

import { DocumentsObserver } from './observers/documents';
import { confirmationBody, endedBody, receiptBody } from './panel/dialogs';
import { Recorder } from './recorder';
import { requestAPI, RequestError } from './requests';
import { IReceipt, SittingModel } from './sitting';
import { Transport } from './transport';

const FLUSH_MS = 10_000;

export interface ISubmissionParts {
  sitting: SittingModel;
  recorder: Recorder;
  transport: Transport;
  documents: DocumentsObserver;
}

/** Ask for confirmation, then submit. Resolves when the dialogs are closed. */
export async function submit(parts: ISubmissionParts): Promise<void> {
  const sitting = parts.sitting.sitting;
  if (sitting === null || parts.sitting.isOver) {
    return;
  }
  const answer = await showDialog({
    title: sitting.is_practice ? 'End the practice?' : 'Submit your work?',
    body: confirmationBody(sitting),
    buttons: [Dialog.cancelButton({ label: 'Keep working' }), Dialog.okButton({ label: 'Submit' })],
    defaultButton: 0
  });
  if (answer.button.accept) {
    await deliver(parts);
  }
}

async function deliver(parts: ISubmissionParts): Promise<void> {
  try {
    const documents = parts.documents.digests();
    parts.recorder.emit({ type: 'submit_requested', documents });
    if (!(await parts.transport.flush(FLUSH_MS))) {
      throw new RequestError('The connection to the server is interrupted.', 'unreachable', 0);
    }
    const { receipt } = await requestAPI<{ receipt: IReceipt }>('submit', {
      method: 'POST',
      body: JSON.stringify({ documents })
    });
    parts.sitting.submitted(receipt);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await showDialog({
      title: 'Not submitted yet',
      body: `${message} Nothing is lost: what you typed is recorded. Try Submit again; if the time runs out first, your recorded work is submitted for you.`,
      buttons: [Dialog.okButton({ label: 'Back to work' })]
    });
  }
}

/** Tell the candidate that the sitting is over, and how it ended. */
export async function announceEnd(sitting: SittingModel): Promise<void> {
  if (sitting.receipt === null) {
    await sitting.refresh(); // another page may have submitted
  }
  const isPractice = sitting.sitting?.is_practice ?? false;
  await showDialog({
    title: sitting.receipt === null ? 'Your sitting is over' : 'Submitted',
    body: sitting.receipt === null ? endedBody(isPractice) : receiptBody(sitting.receipt, isPractice),
    buttons: [Dialog.okButton({ label: isPractice ? 'Go on' : 'Close' })]
  });
  leave(sitting.sitting?.ended_url);
}

/**
 * Go to the page with the receipt; what is unsaved here no longer matters, so the browser is kept from asking.
 * JupyterLab's listener has asked before ours runs: Chromium calls them in the order in which they were added.
 */
function leave(url: string | undefined): void {
  if (url === undefined) {
    return;
  }
  window.addEventListener('beforeunload', event => {
    event.returnValue = '';
  });
  window.location.assign(url);
}
