/** Submit: say what will be graded, make sure that everything is with the server, and show the receipt. */
import { Dialog, showDialog } from '@jupyterlab/apputils';

import { IDelivery, send } from './delivery';
import { RequestError } from './errors';
import { DocumentsObserver } from './observers/documents';
import { confirmationBody, endedBody, receiptBody } from './panel/dialogs';
import { Recorder } from './recorder';
import { requestAPI } from './requests';
import { ISitting, SittingModel } from './sitting';
import { Transport } from './transport';

const ANYWAY = 'nbassess-anyway';
/** The server's part of the recorder holds up the submission: the candidate may decide to submit what has arrived. */
const MAY_BE_INCOMPLETE: ReadonlySet<string> = new Set(['still_sending', 'service_unreachable']);

let isSubmitting = false;

export interface ISubmissionParts {
  sitting: SittingModel;
  recorder: Recorder;
  transport: Transport;
  documents: DocumentsObserver;
}

/** Ask for confirmation, then submit. Resolves when the dialogs are closed. */
export async function submit(parts: ISubmissionParts): Promise<void> {
  const sitting = parts.sitting.sitting;
  if (sitting === null || parts.sitting.isOver || isSubmitting) {
    return;
  }
  isSubmitting = true;
  try {
    await askAndDeliver(parts, sitting);
  } finally {
    isSubmitting = false;
  }
}

async function askAndDeliver(parts: ISubmissionParts, sitting: ISitting): Promise<void> {
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
  const { sitting, transport, recorder } = parts;
  const delivery: IDelivery = {
    digests: () => parts.documents.digests(),
    note: documents => recorder.emit({ type: 'submit_requested', documents }),
    flush: timeoutMs => transport.flush(timeoutMs),
    undelivered: () => transport.undelivered(),
    post: body => requestAPI('submit', { method: 'POST', body: JSON.stringify(body) }),
    receipt: async () => {
      await sitting.refresh();
      return sitting.receipt;
    }
  };
  for (let isIncomplete = false; ; isIncomplete = true) {
    try {
      sitting.submitted(await send(delivery, isIncomplete));
      return;
    } catch (error) {
      if (!(await isAnyway(error, isIncomplete))) {
        return;
      }
    }
  }
}

/** Say why it was not submitted; true when the candidate wants to submit what has arrived. */
async function isAnyway(error: unknown, wasIncomplete: boolean): Promise<boolean> {
  const message = error instanceof Error ? error.message : String(error);
  const canBeIncomplete = !wasIncomplete && error instanceof RequestError && MAY_BE_INCOMPLETE.has(error.code);
  const back = Dialog.okButton({ label: 'Back to work' });
  const answer = await showDialog({
    title: 'Not submitted yet',
    body: `${message} Nothing is lost: what you typed is recorded. Try Submit again; if the time runs out first, your recorded work is submitted for you.`,
    buttons: canBeIncomplete ? [Dialog.warnButton({ label: 'Submit what has arrived', accept: false, actions: [ANYWAY] }), back] : [back],
    defaultButton: canBeIncomplete ? 1 : 0
  });
  return answer.button.actions.includes(ANYWAY);
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
