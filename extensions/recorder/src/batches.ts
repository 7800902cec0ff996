/** Batches that are bounded in number and size. */
import { IBatch, WIRE_VERSION, WireEvent } from './events';

export const BATCH_EVENTS = 500;
const BATCH_CHARS = 1_000_000;

/** An event and its wire form, which is made once: for its size, and for every time that it is sent. */
export interface IItem {
  event: WireEvent;
  text: string;
}

export function item(event: WireEvent): IItem {
  return { event, text: JSON.stringify(event) };
}

/** Cut a list of items into batches that are bounded in number and size. */
export function* inBatches(items: Iterable<IItem>, maxChars = BATCH_CHARS): Generator<IItem[]> {
  let batch: IItem[] = [];
  let chars = 0;
  for (const each of items) {
    const size = each.text.length;
    if (batch.length > 0 && (batch.length === BATCH_EVENTS || chars + size > maxChars)) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(each);
    chars += size;
  }
  if (batch.length > 0) {
    yield batch;
  }
}

/** Write a batch as it travels. */
export function batchText(client: string, items: IItem[]): string {
  return `{"v":${WIRE_VERSION},"client":${JSON.stringify(client)},"events":[${items.map(each => each.text).join(',')}]}`;
}

export function batchOf(client: string, items: IItem[]): IBatch {
  return { v: WIRE_VERSION, client, events: items.map(each => each.event) };
}

/** Browsers let at most 64 KiB outlive a page, and the notebooks that are saved then count too. */
const BEACON_BYTES = 48 * 1024;

/** Write the first items, as many as a beacon may carry; null when not even one fits. */
export function beaconText(client: string, items: IItem[]): string | null {
  const encoder = new TextEncoder();
  const taken: IItem[] = [];
  let bytes = 64;
  for (const each of items) {
    bytes += encoder.encode(each.text).length + 1;
    if (bytes > BEACON_BYTES || taken.length === BATCH_EVENTS) {
      break;
    }
    taken.push(each);
  }
  return taken.length === 0 ? null : batchText(client, taken);
}
