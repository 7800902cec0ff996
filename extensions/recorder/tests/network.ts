/** A network that can be cut, a server that keeps to the contract, and a page between them: what transport tests need. */
import { mock } from 'node:test';

import { MemoryStore } from '../src/buffer';
import { EventBody, IBatch, IDroppedEvent, WireEvent } from '../src/events';
import { Recorder } from '../src/recorder';
import { IBounds } from '../src/room';
import { Transport } from '../src/transport';

/** The server: a journal per client, acknowledgements, gaps. It outlives every connection. */
export class Server {
  readonly journal = new Map<string, WireEvent[]>();
  /** In order of arrival over all clients, as the collector keeps it. */
  readonly arrived: [string, WireEvent][] = [];
  recording = 'ok';
  /** A full disk: accepted, not acknowledged. */
  isDiskFull = false;
  isForwarding = true;

  take(text: string): object[] {
    const batch = JSON.parse(text) as IBatch;
    const kept = this.journal.get(batch.client) ?? [];
    if (batch.events[0]!.seq > kept.length) {
      return [{ kind: 'gap', client: batch.client, seq: kept.length - 1 }];
    }
    for (const event of batch.events.filter(each => each.seq >= kept.length)) {
      kept.push(event);
      this.arrived.push([batch.client, event]);
    }
    this.journal.set(batch.client, kept);
    const ack = { kind: 'ack', client: batch.client, seq: kept.length - 1 };
    return this.isDiskFull ? [this.state(batch.client)] : [ack, this.state(batch.client)];
  }

  state(client: string): object {
    const forwarded = this.isForwarding ? (this.journal.get(client)?.length ?? 0) - 1 : -1;
    return { kind: 'state', client, recording: this.recording, forwarded_seq: forwarded, detail: '', head: null };
  }
}

/** What the network does to each message; a fault is one of the hop's. */
export interface IFaults {
  up: (text: string) => string[];
  down: (text: string) => string[];
}

export class Network {
  readonly server = new Server();
  /** 'silent': packets vanish, sockets stay open; 'refused': sockets close and none opens. */
  condition: 'up' | 'silent' | 'refused' = 'up';
  faults: IFaults = { up: text => [text], down: text => [text] };
  readonly sockets = new Set<FakeSocket>();
  readonly delayMs = 20;
  sentMessages = 0;

  refuse(): void {
    this.condition = 'refused';
    [...this.sockets].forEach(socket => socket.drop());
  }
}

export class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  /** A router forgot this connection: nothing passes, and nobody says so. */
  isForgotten = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly network: Network) {
    network.sockets.add(this);
    setTimeout(() => (network.condition === 'up' ? this.open() : network.condition === 'refused' && this.drop()), 20);
  }

  send(text: string): void {
    this.network.sentMessages += 1;
    for (const each of this.network.faults.up(text)) {
      this._later(() => this.network.server.take(each).forEach(answer => this.tell(answer)));
    }
  }

  tell(answer: object): void {
    for (const each of this.network.faults.down(JSON.stringify(answer))) {
      this._later(() => this.onmessage?.({ data: each }));
    }
  }

  close(): void {
    this.readyState = 3;
    this.network.sockets.delete(this);
  }

  drop(): void {
    this.close();
    const closed = this.onclose;
    this.onclose = null;
    closed?.();
  }

  private open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
    this.beat();
  }

  private beat(): void {
    if (this.readyState === FakeSocket.OPEN) {
      this.tell(this.network.server.state(''));
      setTimeout(() => this.beat(), 5_000);
    }
  }

  private _later(deliver: () => void): void {
    setTimeout(() => {
      if (this.network.condition === 'up' && !this.isForgotten && this.readyState === FakeSocket.OPEN) {
        deliver();
      }
    }, this.network.delayMs);
  }
}

/** One page: the real recorder and transport over the network above. Time is the test's own. */
export class Page {
  readonly transport: Transport;
  readonly recorder: Recorder;
  readonly beacons: string[] = [];
  readonly clients: string[] = [];
  /** Everything that was recorded, by client. */
  readonly recorded = new Map<string, WireEvent[]>();

  constructor(
    readonly network: Network,
    readonly store = new MemoryStore(),
    name = 'a',
    bounds?: IBounds
  ) {
    const options = {
      url: () => 'ws://server',
      store,
      nowMs: () => now.ms,
      wallMs: () => now.ms + 1_000,
      onRestart: (dropped: IDroppedEvent | null) => this.recorder.restart(dropped),
      beacon: (text: string) => void this.beacons.push(text)
    };
    this.transport = new Transport(bounds === undefined ? options : { ...options, bounds });
    const sink = {
      begin: (client: string) => {
        this.clients.push(client);
        this.recorded.set(client, []);
        this.transport.begin(client);
      },
      accept: (event: WireEvent) => {
        this.recorded.get(this.clients[this.clients.length - 1]!)!.push(event);
        this.transport.accept(event);
      }
    };
    let count = 0;
    const newClient = () => `${name}${count++}`.padStart(16, '0');
    this.recorder = new Recorder(sink, { recorder: '1', lab: '4' }, () => now.ms, newClient);
    this.recorder.restarted.connect(() => this.open());
  }

  start(): void {
    this.recorder.start();
    this.open();
    this.transport.connect();
  }

  open(): void {
    this.recorder.emit({ type: 'notebook_opened', path: 'p', cells: [] });
  }

  type(text = 'x'): void {
    this.recorder.emit(edit(text));
  }

  /** Type one character every so often, for so long. */
  async typeFor(durationMs: number, everyMs = 500): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += everyMs) {
      this.type();
      await pass(everyMs);
    }
  }
}

export function edit(text: string): EventBody {
  return { type: 'edit', path: 'p', cell: 'c', source: 'type', ops: [[0, 0, text]] };
}

export const now = { ms: 1_000_000 };

/** Let time pass in small steps, so that whatever waits for a promise goes on in between. */
export async function pass(durationMs: number, stepMs = 50): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += stepMs) {
    now.ms += stepMs;
    mock.timers.tick(stepMs);
    for (let turn = 0; turn < 8; turn++) {
      await Promise.resolve();
    }
  }
}

/** Make this process a page in `network`: its timers are the test's. */
export function enter(network: Network): void {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const target = globalThis as unknown as Record<string, unknown>;
  target.window = globalThis;
  target.WebSocket = class extends FakeSocket {
    constructor() {
      super(network);
    }
  };
}

export function leave(): void {
  mock.timers.reset();
}
