/**
 * What earlier clients could not deliver: those of earlier page loads, and those that this page began before the present
 * one. It is sent first, client by client in the order of their beginnings, because the collector keeps the order in
 * which events arrive: an old page's typing must not come after the new one's.
 */
import { BATCH_EVENTS, inBatches, item, IItem } from './batches';
import { IEventStore } from './buffer';

/** How long an answer is waited for before a client is left for the next connection. */
const ANSWER_MS = 10_000;

type Answer = { kind: 'ack' | 'gap'; seq: number } | null;

export class EarlierClients {
  constructor(
    private readonly store: IEventStore,
    private readonly send: (client: string, items: IItem[]) => void
  ) {}

  /** Deliver everything of every client but `present`; false when the line was lost before. Never rejects. */
  async deliver(present: string): Promise<boolean> {
    const run = ++this._run;
    try {
      for (const client of await this._inOrder(present)) {
        await this._deliverOne(client, run);
      }
    } catch {
      // The browser's store failed; what is in it is tried again at the next connection.
    }
    return run === this._run;
  }

  /** Return whether the message was an answer that is waited for. */
  answered(client: string, kind: 'ack' | 'gap', seq: number): boolean {
    if (client !== this._client || this._resolve === null) {
      return false;
    }
    this._resolve({ kind, seq });
    return true;
  }

  /** Wait no longer: the line was lost. */
  stop(): void {
    this._run += 1;
    this._resolve?.(null);
  }

  /** Return up to `maxChars` of everything that is held for other clients than `present`, for a submission. */
  async held(present: string, maxChars: number): Promise<{ client: string; items: IItem[] }[]> {
    const found: { client: string; items: IItem[] }[] = [];
    let chars = 0;
    for (const client of await this._inOrder(present)) {
      const items = (await this.store.read(client, 0, Number.MAX_SAFE_INTEGER)).map(item);
      chars += items.reduce((sum, each) => sum + each.text.length, 0);
      if (chars > maxChars) {
        break;
      }
      found.push({ client, items });
    }
    return found;
  }

  private async _inOrder(present: string): Promise<string[]> {
    const begun: [number, string][] = [];
    for (const client of (await this.store.clients()).filter(name => name !== present)) {
      const [first] = await this.store.read(client, 0, 1);
      begun.push([first?.t_ms ?? 0, client]);
    }
    return begun.sort(([a], [b]) => a - b).map(([, client]) => client);
  }

  /** Deliver one client. Its first event alone asks how far the server is. */
  private async _deliverOne(client: string, run: number): Promise<void> {
    let held = await this.store.read(client, 0, 1);
    while (held.length > 0 && run === this._run) {
      const [items] = inBatches(held.map(item));
      const from = await this._exchange(client, items!);
      if (from === null) {
        return;
      }
      held = await this.store.read(client, from, BATCH_EVENTS);
      if (held.length > 0 && held[0]!.seq !== from) {
        // What comes between is nowhere any more; the rest cannot be appended to anything.
        await this.store.prune(client, Number.MAX_SAFE_INTEGER);
        return;
      }
    }
  }

  /** Send items and return the first event that the server wants next; null when it does not say. */
  private async _exchange(client: string, items: IItem[]): Promise<number | null> {
    this._client = client;
    const answer = await new Promise<Answer>(resolve => {
      const timer = window.setTimeout(() => resolve(null), ANSWER_MS);
      this._resolve = answer => {
        window.clearTimeout(timer);
        resolve(answer);
      };
      this.send(client, items);
    });
    this._resolve = null;
    const isRefused = answer?.kind === 'ack' && answer.seq < items[0]!.event.seq;
    return answer === null || isRefused ? null : answer.seq + 1;
  }

  private _client = '';
  private _run = 0;
  private _resolve: ((answer: Answer) => void) | null = null;
}
