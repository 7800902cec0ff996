/** What the dialogs around Submit say. */
import { Clipboard, ReactWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { ISignedHead } from '../messages';
import { downloadReceipt, shortForm } from '../receipt';
import { IReceipt, ISitting } from '../sitting';
import { counted, timeOfDay } from './words';

/** Say what will be graded. */
export function confirmationBody(sitting: ISitting): Widget {
  return ReactWidget.create(
    <div className="nbassess-dialog">
      <p>
        {sitting.is_practice
          ? 'In an assessment, what is in your notebooks now would be graded, also what you typed but did not run or save. This practice never counts:'
          : 'What is in your notebooks now will be graded, also what you typed but did not run or save:'}
      </p>
      <ul>
        {sitting.assessment.problems.map(problem => (
          <li key={problem.slug}>
            {problem.title} ({counted(problem.points, 'point')})
          </li>
        ))}
      </ul>
      <p>
        {sitting.is_practice
          ? 'You can practise again before you start the assessment.'
          : 'After this you cannot change your answers. The sitting ends.'}
      </p>
    </div>
  );
}

/** Show the receipt: proof of what was handed in. */
export function receiptBody(receipt: IReceipt, isPractice: boolean): Widget {
  return ReactWidget.create(
    <div className="nbassess-dialog">
      <p>Your work was submitted at {timeOfDay(receipt.submitted_ms)} and the sitting is over. Thank you.</p>
      <ReceiptFacts receipt={receipt} />
      <p>{afterwards(isPractice)}</p>
    </div>
  );
}

/** Say that the time ran out, and that nothing is lost. */
export function endedBody(isPractice: boolean): Widget {
  return ReactWidget.create(
    <div className="nbassess-dialog">
      <p>
        The time is up. Everything that was recorded until the deadline was submitted for you, also what you did not run
        or save.
      </p>
      <p>{afterwards(isPractice)}</p>
    </div>
  );
}

function afterwards(isPractice: boolean): string {
  return isPractice ? 'The practice did not count. Go on when you are ready.' : 'You can close this page.';
}

export function ReceiptFacts({ receipt }: { receipt: IReceipt }): JSX.Element {
  return (
    <>
      <dl className="nbassess-receipt">
        <dt>Submission</dt>
        <dd>
          <code>{receipt.submission_id}</code>
        </dd>
        <dt>Time</dt>
        <dd>{new Date(receipt.submitted_ms).toLocaleString()}</dd>
        <dt>Recording</dt>
        <dd>
          <Hash name="recording" hex={receipt.head} />
        </dd>
        {receipt.signature !== undefined && (
          <>
            <dt>Signature</dt>
            <dd>
              <Hash name="signature" hex={receipt.signature} />
              {receipt.key !== undefined && (
                <>
                  {' '}
                  by key <code>{receipt.key}</code>
                </>
              )}
            </dd>
          </>
        )}
      </dl>
      <button type="button" className="nbassess-download jp-mod-styled" onClick={() => downloadReceipt(receipt)}>
        Download receipt
      </button>
    </>
  );
}

/** The last that the service signed, for a sitting that ended without a receipt in this page. */
export function HeadFacts({ head }: { head: ISignedHead }): JSX.Element {
  return (
    <dl className="nbassess-receipt">
      <dt>Recording, signed at {timeOfDay(head.at_ms)}</dt>
      <dd>
        <Hash name="recording" hex={head.head} />
      </dd>
      <dt>Signature</dt>
      <dd>
        <Hash name="signature" hex={head.signature} /> by key <code>{head.key}</code>
      </dd>
    </dl>
  );
}

/** A long hash in its short form; a click copies all of it. */
function Hash({ name, hex }: { name: string; hex: string }): JSX.Element {
  const [isCopied, setCopied] = React.useState(false);
  return (
    <button
      type="button"
      className="nbassess-hash"
      title={hex}
      aria-label={isCopied ? `The ${name} is copied` : `Copy the ${name} ${shortForm(hex)}`}
      onClick={() => {
        Clipboard.copyToSystem(hex);
        setCopied(true);
      }}
    >
      <code>{shortForm(hex)}</code> {isCopied ? 'copied' : 'copy'}
    </button>
  );
}
