/** What the dialogs around Submit say. */
import { ReactWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { IReceipt, ISitting } from '../sitting';
import { timeOfDay } from './words';

/** Say what will be graded. */
export function confirmationBody(sitting: ISitting): Widget {
  return ReactWidget.create(
    <div className="nbassess-dialog">
      <p>What is in your notebooks now will be graded, also what you typed but did not run or save:</p>
      <ul>
        {sitting.assessment.problems.map(problem => (
          <li key={problem.slug}>
            {problem.title} ({problem.points} points)
          </li>
        ))}
      </ul>
      <p>After this you cannot change your answers. The sitting ends.</p>
    </div>
  );
}

/** Show the receipt: proof of what was handed in. */
export function receiptBody(receipt: IReceipt): Widget {
  return ReactWidget.create(
    <div className="nbassess-dialog">
      <p>Your work was submitted at {timeOfDay(receipt.submitted_ms)} and the sitting is over. Thank you.</p>
      <ReceiptFacts receipt={receipt} />
      <p>You can close this page.</p>
    </div>
  );
}

/** Say that the time ran out, and that nothing is lost. */
export function endedBody(): Widget {
  return ReactWidget.create(
    <div className="nbassess-dialog">
      <p>
        The time is up. Everything that was recorded until the deadline was submitted for you, also what you did not run
        or save.
      </p>
      <p>You can close this page.</p>
    </div>
  );
}

export function ReceiptFacts({ receipt }: { receipt: IReceipt }): JSX.Element {
  return (
    <dl className="nbassess-receipt">
      <dt>Submission</dt>
      <dd>
        <code>{receipt.submission_id}</code>
      </dd>
      <dt>Recording receipt</dt>
      <dd>
        <code>{receipt.head}</code>
      </dd>
    </dl>
  );
}
