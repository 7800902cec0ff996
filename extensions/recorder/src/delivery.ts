/** The way of a submission: tried again where that helps, and never more than one. */
import { RequestError } from './errors';
import { IBatch } from './events';
import { IReceipt } from './sitting';

const FLUSH_MS = 10_000;
const RETRY_MS = 2_000;
const TRIES = 5;
const RETRIED: ReadonlySet<string> = new Set(['unreachable', 'service_unreachable', 'still_sending']);

/** What a submission needs of its surroundings; nothing here knows JupyterLab. */
export interface IDelivery {
  /** Digests of the open documents, by path. */
  digests: () => Record<string, string>;
  /** Note in the recording that the candidate asked. */
  note: (documents: Record<string, string>) => void;
  flush: (timeoutMs: number) => Promise<boolean>;
  undelivered: () => Promise<IBatch[]>;
  post: (body: object) => Promise<{ receipt: IReceipt }>;
  /** The receipt if the service has one already. */
  receipt: () => Promise<IReceipt | null>;
}

/**
 * Submit, and try again where that helps: the service takes a submission once, and answers a repeated one with the same
 * receipt (fault F14). Trouble in the recorder does not keep anybody from submitting (fault R16): what was not acknowledged
 * travels along. Rejects with the last error.
 */
export async function send(delivery: IDelivery, isIncomplete = false, pause = pauseMs): Promise<IReceipt> {
  const documents = attempt(delivery.digests, {});
  attempt(() => delivery.note(documents), undefined);
  for (let tries = 1; ; tries++) {
    const isFlushed = await delivery.flush(tries === 1 ? FLUSH_MS : 1_000);
    try {
      const batches = isFlushed ? [] : await delivery.undelivered().catch(() => []);
      return (await delivery.post({ documents, batches, is_incomplete: isIncomplete })).receipt;
    } catch (error) {
      const receipt = await delivery.receipt().catch(() => null);
      if (receipt !== null) {
        return receipt; // it had arrived; only the answer was lost
      }
      const isWorthIt = error instanceof RequestError && RETRIED.has(error.code);
      if (!isWorthIt || tries >= TRIES) {
        throw error;
      }
      await pause(RETRY_MS);
    }
  }
}

function attempt<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}

function pauseMs(ms: number): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, ms));
}
