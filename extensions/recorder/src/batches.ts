/** Batches that are bounded in number and size. */
import { WireEvent } from './events';

export const BATCH_EVENTS = 500;
const BATCH_CHARS = 1_000_000;

/** Cut a list of events into batches that are bounded in number and size. */
export function* inBatches(events: WireEvent[]): Generator<WireEvent[]> {
  let batch: WireEvent[] = [];
  let chars = 0;
  for (const event of events) {
    const size = JSON.stringify(event).length;
    if (batch.length > 0 && (batch.length === BATCH_EVENTS || chars + size > BATCH_CHARS)) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(event);
    chars += size;
  }
  if (batch.length > 0) {
    yield batch;
  }
}
