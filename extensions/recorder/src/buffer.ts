/**
 * Events that the collector does not have yet, kept in the browser so that a reload or a crash loses nothing.
 *
 * IndexedDB where it works, memory where it does not (private windows, full disks). Writing never blocks typing.
 */
import { WireEvent } from './events';

export interface IEventStore {
  /** Whether the events outlive this page. */
  readonly isDurable: boolean;
  put(client: string, events: WireEvent[]): Promise<void>;
  clients(): Promise<string[]>;
  /** Return up to `limit` events of a client from `from` on, in order. */
  read(client: string, from: number, limit: number): Promise<WireEvent[]>;
  /** Forget the events of a client up to and including `seq`. */
  prune(client: string, seq: number): Promise<void>;
}

const STORE = 'events';

/** A browser that does not open its database within this time is taken as one without. */
const OPEN_MS = 3_000;

/** Open the store of one sitting; falls back to memory when IndexedDB cannot be used. */
export async function openStore(name: string): Promise<IEventStore> {
  const late = new Promise<never>((_, reject) => window.setTimeout(() => reject(new Error('IndexedDB is late')), OPEN_MS));
  try {
    return new CarefulStore(new IndexedDbStore(await Promise.race([openDatabase(name), late])));
  } catch {
    return new MemoryStore();
  }
}

/** A store on the disk that goes on in memory where the disk refuses (its quota, a full disk), and says so. */
export class CarefulStore implements IEventStore {
  constructor(private readonly disk: IEventStore) {}

  get isDurable(): boolean {
    return !this._hasFailed;
  }

  async put(client: string, events: WireEvent[]): Promise<void> {
    try {
      await this.disk.put(client, events);
    } catch {
      this._hasFailed = true;
      await this._memory.put(client, events);
    }
  }

  async clients(): Promise<string[]> {
    const onDisk = await this.disk.clients().catch(() => []);
    return [...new Set([...onDisk, ...(await this._memory.clients())])];
  }

  async read(client: string, from: number, limit: number): Promise<WireEvent[]> {
    const inMemory = await this._memory.read(client, from, limit);
    const onDisk = await this.disk.read(client, from, limit).catch(() => []);
    const both = new Map([...onDisk, ...inMemory].map(event => [event.seq, event]));
    return [...both.values()].sort((a, b) => a.seq - b.seq).slice(0, limit);
  }

  async prune(client: string, seq: number): Promise<void> {
    await this._memory.prune(client, seq);
    await this.disk.prune(client, seq);
    this._hasFailed = (await this._memory.clients()).length > 0;
  }

  private _hasFailed = false;
  private readonly _memory = new MemoryStore();
}

export class MemoryStore implements IEventStore {
  readonly isDurable = false;

  async put(client: string, events: WireEvent[]): Promise<void> {
    const held = this._held.get(client) ?? new Map<number, WireEvent>();
    events.forEach(event => held.set(event.seq, event));
    this._held.set(client, held);
  }

  async clients(): Promise<string[]> {
    return [...this._held.keys()];
  }

  async read(client: string, from: number, limit: number): Promise<WireEvent[]> {
    const held = this._held.get(client) ?? new Map<number, WireEvent>();
    const first = held.has(from) ? from : Math.min(...[...held.keys()].filter(seq => seq > from));
    const events: WireEvent[] = [];
    for (let event = held.get(first); event !== undefined && events.length < limit; event = held.get(event.seq + 1)) {
      events.push(event);
    }
    return events;
  }

  async prune(client: string, seq: number): Promise<void> {
    const held = this._held.get(client);
    [...(held?.keys() ?? [])].filter(key => key <= seq).forEach(key => held?.delete(key));
    if (held?.size === 0) {
      this._held.delete(client);
    }
  }

  private readonly _held = new Map<string, Map<number, WireEvent>>();
}

class IndexedDbStore implements IEventStore {
  readonly isDurable = true;

  constructor(private readonly database: IDBDatabase) {}

  async put(client: string, events: WireEvent[]): Promise<void> {
    const transaction = this.database.transaction(STORE, 'readwrite');
    const store = transaction.objectStore(STORE);
    events.forEach(event => store.put({ client, seq: event.seq, event }));
    await finished(transaction);
  }

  async clients(): Promise<string[]> {
    const store = this.database.transaction(STORE).objectStore(STORE);
    const found: string[] = [];
    let cursor = await answered(store.openKeyCursor());
    while (cursor !== null) {
      const [client] = cursor.key as [string, number];
      found.push(client);
      // Jump over all other events of this client.
      cursor = await answered(store.openKeyCursor(IDBKeyRange.lowerBound([client, Infinity])));
    }
    return found;
  }

  async read(client: string, from: number, limit: number): Promise<WireEvent[]> {
    const store = this.database.transaction(STORE).objectStore(STORE);
    const range = IDBKeyRange.bound([client, from], [client, Infinity]);
    const rows = (await answered(store.getAll(range, limit))) as { event: WireEvent }[];
    return rows.map(row => row.event);
  }

  async prune(client: string, seq: number): Promise<void> {
    const transaction = this.database.transaction(STORE, 'readwrite');
    transaction.objectStore(STORE).delete(IDBKeyRange.bound([client, 0], [client, seq]));
    await finished(transaction);
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: ['client', 'seq'] });
  };
  return answered(request);
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB refused'));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error('IndexedDB refused'));
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB aborted'));
  });
}
