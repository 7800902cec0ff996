/** What is told of detail that had to be dropped because the browser's buffer was full: numbers, no text. */
import { IDroppedEvent, WireEvent } from './events';

export function tally(events: WireEvent[]): IDroppedEvent {
  return {
    type: 'detail_dropped',
    from_ms: events[0]?.t_ms ?? 0,
    to_ms: events[events.length - 1]?.t_ms ?? 0,
    events: events.length,
    edits: events.filter(event => event.type === 'edit').length,
    runs: events.filter(event => event.type === 'execution_started').length,
    inserted: events.reduce((sum, event) => sum + inserted(event), 0)
  };
}

function inserted(event: WireEvent): number {
  return event.type === 'edit' ? event.ops.reduce((sum, [, , text]) => sum + text.length, 0) : 0;
}
