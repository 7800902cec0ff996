/** The sentences and figures that the panel shows. Pure, so that they can be tested without a browser. */
import { ITransportState } from '../transport';

const ANNOUNCED_MINUTES = [10, 5, 1];

/** Write a duration as the clock shows it: 1:04:09 or 4:09; never below 0:00. */
export function clockText(remainingMs: number): string {
  const total = Math.max(0, Math.ceil(remainingMs / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = String(total % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** Write a duration as it is read out: "1 hour 4 minutes". */
export function spokenTime(remainingMs: number): string {
  const minutes = Math.max(0, Math.ceil(remainingMs / 60_000));
  const parts = [counted(Math.floor(minutes / 60), 'hour'), counted(minutes % 60, 'minute')];
  return parts.filter(part => part !== '').join(' ') || 'less than a minute';
}

/** Return the sentence to announce when the time left went from `before` to `now`, or "". */
export function announcement(beforeMs: number, nowMs: number): string {
  const passed = ANNOUNCED_MINUTES.find(minutes => beforeMs > minutes * 60_000 && nowMs <= minutes * 60_000);
  return passed === undefined || nowMs <= 0 ? '' : `${counted(passed, 'minute')} left.`;
}

/** Say in words how the recording is doing. */
export function recordingText(state: ITransportState): string {
  const upTo = state.recordedUpToMs === 0 ? '' : `Recorded up to ${timeOfDay(state.recordedUpToMs)}.`;
  if (state.recording === 'refused') {
    return `Recording stopped: ${state.detail || 'the server refused it'}. ${upTo}`.trim();
  }
  if (state.recording === 'delayed') {
    const reason = state.detail || 'the collector does not answer';
    return ['Recording delayed:', `${reason}.`, upTo, keptText(state), 'Keep working.'].filter(Boolean).join(' ');
  }
  return upTo || 'Recording is starting.';
}

/** Say where the changes are that did not arrive yet. */
function keptText({ waiting, isKept }: ITransportState): string {
  if (waiting === 0) {
    return 'Nothing is lost.';
  }
  return isKept
    ? 'Your changes are kept in this browser.'
    : 'Your changes are kept in this page only, because the browser has no room: do not close or reload it.';
}

/** What a page is told when the sitting was open in another tab before it. */
export const OTHER_TAB_TEXT =
  'This sitting is also open in another tab. Both are recorded. Work in one of them only, so that they do not save over each other.';

/** Write a moment as local time of day: 14:03:12. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(part => String(part).padStart(2, '0')).join(':');
}

/** Write a count with its noun: "1 point", "5 points"; nothing for none. */
export function counted(count: number, noun: string): string {
  return count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`;
}
