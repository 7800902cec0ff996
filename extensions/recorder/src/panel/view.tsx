/** The content of the side-bar panel. */
import * as React from 'react';

import { ISignedHead } from '../messages';
import { IProblem, IReceipt, SittingModel } from '../sitting';
import { ITransportState } from '../transport';
import { HeadFacts, ReceiptFacts } from './dialogs';
import { clockText, counted, OTHER_TAB_TEXT, recordingText, spokenTime, timeOfDay } from './words';

export interface IPanelProps {
  sitting: SittingModel;
  recording: ITransportState;
  /** Whether the sitting was open in another tab before this one. */
  isLaterTab: boolean;
  currentPath: string;
  onOpen: (path: string) => void;
  onSubmit: () => void;
}

const TOLD_TWICE_MS = 600_000;

export function PanelView(props: IPanelProps): JSX.Element {
  const sitting = props.sitting.sitting;
  if (sitting === null) {
    return (
      <p className="nbassess-notice" role="status">
        {props.sitting.problem || 'Loading your assessment …'}
      </p>
    );
  }
  return (
    <div className="nbassess-content">
      <h2 className="nbassess-title">{sitting.assessment.title}</h2>
      {sitting.is_practice && <p className="nbassess-tag">Practice: nothing here is scored</p>}
      {sitting.is_synthetic && <p className="nbassess-tag">Synthetic data</p>}
      <Clock remainingMs={props.sitting.remainingMs} isOver={props.sitting.isOver} />
      <Problems problems={sitting.assessment.problems} currentPath={props.currentPath} onOpen={props.onOpen} />
      <RecordingState recording={props.recording} isOver={props.sitting.isOver} />
      {props.isLaterTab && !props.sitting.isOver && (
        <p className="nbassess-notice" role="status">
          {OTHER_TAB_TEXT}
        </p>
      )}
      {props.sitting.isOver ? (
        <Ended receipt={props.sitting.receipt} head={props.recording.head} />
      ) : (
        <button type="button" className="nbassess-submit jp-mod-styled jp-mod-accept" onClick={props.onSubmit}>
          Submit …
        </button>
      )}
    </div>
  );
}

function Clock({ remainingMs, isOver }: { remainingMs: number | null; isOver: boolean }): JSX.Element {
  if (isOver || remainingMs === null) {
    return <p className="nbassess-clock">{isOver ? 'Finished' : 'No time limit'}</p>;
  }
  const isShort = remainingMs <= TOLD_TWICE_MS;
  return (
    <div className="nbassess-clock" data-short={isShort} role="timer" aria-label={`${spokenTime(remainingMs)} left`}>
      <span className="nbassess-clock-figures">{clockText(remainingMs)}</span>
      <span className="nbassess-clock-unit">left</span>
    </div>
  );
}

interface IProblemsProps {
  problems: IProblem[];
  currentPath: string;
  onOpen: (path: string) => void;
}

function Problems({ problems, currentPath, onOpen }: IProblemsProps): JSX.Element {
  return (
    <nav aria-label="Problems">
      <ol className="nbassess-problems">
        {problems.map(problem => (
          <li key={problem.slug}>
            <button
              type="button"
              className="nbassess-problem"
              aria-current={problem.path === currentPath ? 'true' : undefined}
              onClick={() => onOpen(problem.path)}
            >
              <span className="nbassess-problem-title">{problem.title}</span>
              <span className="nbassess-problem-facts">
                {problem.difficulty} · about {problem.minutes} min · {counted(problem.points, 'point')}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function RecordingState({ recording, isOver }: { recording: ITransportState; isOver: boolean }): JSX.Element {
  const text = isOver && recording.recording !== 'ok' ? 'Recording ended.' : recordingText(recording);
  return (
    <p className="nbassess-recording" data-recording={isOver ? 'ended' : recording.recording}>
      <span className="nbassess-dot" aria-hidden="true" />
      {text}
    </p>
  );
}

function Ended({ receipt, head }: { receipt: IReceipt | null; head: ISignedHead | null }): JSX.Element {
  return (
    <section className="nbassess-ended" aria-label="Your submission">
      <p>
        {receipt === null
          ? 'The sitting is over. What was recorded until its end was submitted for you.'
          : `Submitted at ${timeOfDay(receipt.submitted_ms)}. The sitting is over.`}
      </p>
      {receipt !== null && <ReceiptFacts receipt={receipt} />}
      {receipt === null && head !== null && <HeadFacts head={head} />}
    </section>
  );
}
