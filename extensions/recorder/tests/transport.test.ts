/** Delivery over a network that fails: nothing lost, nothing doubled, nobody waits. Faults R05, R08, R09, R13, F09, F13-F16. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { CarefulStore, IEventStore, MemoryStore } from '../src/buffer';
import { WireEvent } from '../src/events';
import { enter, leave, Network, now, Page, pass } from './network';

let network: Network;

beforeEach(() => {
  network = new Network();
  enter(network);
});

afterEach(leave);

/** The server has exactly what the page recorded, per client, in order. */
function assertComplete(page: Page): void {
  for (const [client, events] of page.recorded) {
    assert.deepEqual(network.server.journal.get(client), events, client);
  }
}

test('events travel in batches within 250 ms and are acknowledged together', async () => {
  const page = new Page(network);
  page.start();
  await pass(1_000);
  const before = network.sentMessages;
  for (let count = 0; count < 100; count++) {
    page.type();
  }
  await pass(250);
  assertComplete(page);
  assert.equal(network.sentMessages - before, 1);
  await pass(100);
  assert.deepEqual({ ...page.transport.state, head: null }, {
    recording: 'ok',
    detail: '',
    recordedUpToMs: page.transport.state.recordedUpToMs,
    waiting: 0,
    isKept: false,
    isConnected: true,
    head: null
  });
  assert.ok(now.ms + 1_000 - page.transport.state.recordedUpToMs <= 5_000);
});

for (const [name, cutMs] of [['30 s', 30_000], ['5 min', 300_000], ['60 min', 3_600_000]] as const) {
  for (const how of ['silent', 'refused'] as const) {
    test(`a network cut of ${name} (${how}) loses and doubles nothing (F13)`, async () => {
      const page = new Page(network);
      page.start();
      await page.typeFor(5_000);
      const upTo = page.transport.state.recordedUpToMs;
      if (how === 'silent') {
        network.condition = 'silent';
      } else {
        network.refuse();
      }
      await page.typeFor(cutMs, cutMs / 60);
      const { recording, waiting, recordedUpToMs } = page.transport.state;
      assert.deepEqual([recording, waiting >= 60], ['delayed', true]);
      assert.ok(recordedUpToMs <= upTo + 6_000, 'the panel does not claim what is not recorded');
      network.condition = 'up';
      await page.typeFor(30_000);
      await pass(1_000);
      assertComplete(page);
      assert.equal(network.server.arrived.length, [...page.recorded.values()].flat().length);
      assert.equal(page.transport.state.recording, 'ok');
      assert.equal(page.clients.length, 1);
    });
  }
}

test('a line that is cut again and again while it catches up loses nothing (F13, F19)', async () => {
  const page = new Page(network);
  page.start();
  for (let round = 0; round < 30; round++) {
    await page.typeFor(2_000 + 137 * round, 100);
    network.refuse();
    await page.typeFor(3_000, 300);
    network.condition = 'up';
  }
  await pass(30_000);
  assertComplete(page);
});

/** The same faults in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`messages that are lost, doubled and reordered both ways are made good (R05), seed ${seed}`, async () => {
    const chance = dice(seed);
    const held: string[] = [];
    const spoil = (text: string): string[] => {
      const roll = chance();
      if (roll < 0.15) {
        return [];
      }
      if (roll < 0.3) {
        return [text, text];
      }
      if (roll < 0.45) {
        held.push(text);
        return [];
      }
      return [text, ...held.splice(0)];
    };
    const page = new Page(network);
    page.start();
    await pass(500);
    network.faults = { up: spoil, down: text => (chance() < 0.3 ? [] : [text]) };
    await page.typeFor(60_000, 150);
    network.faults = { up: text => [text], down: text => [text] };
    await pass(60_000);
    assertComplete(page);
    assert.equal(page.transport.state.waiting, 0);
  });
}

test('what a killed tab left behind is delivered by the next page before anything of its own (F15)', async () => {
  const store = new MemoryStore();
  const killed = new Page(network, store, 'a');
  killed.start();
  await killed.typeFor(3_000);
  network.refuse();
  await killed.typeFor(5_000);
  killed.transport.dispose();
  network.condition = 'up';
  const next = new Page(network, store, 'b');
  next.start();
  next.type();
  await pass(3_000);
  assertComplete(killed);
  assertComplete(next);
  const order = network.server.arrived.map(([client]) => client);
  assert.ok(order.lastIndexOf(killed.clients[0]!) < order.indexOf(next.clients[0]!));
});

test('a server that lost its disk is given everything that the collector does not have (F07)', async () => {
  const page = new Page(network);
  network.server.isForwarding = false;
  page.start();
  await page.typeFor(5_000);
  network.refuse();
  network.server.journal.clear();
  network.server.arrived.length = 0;
  network.condition = 'up';
  await page.typeFor(20_000);
  await pass(1_000);
  assertComplete(page);
  assert.equal(page.clients.length, 1);
});

test('when even the browser does not have it any more, a new client begins with a snapshot', async () => {
  const page = new Page(network);
  page.start();
  await page.typeFor(5_000);
  await pass(1_000);
  network.refuse();
  network.server.journal.clear();
  network.condition = 'up';
  await page.typeFor(20_000);
  await pass(1_000);
  assert.equal(page.clients.length, 2);
  const second = network.server.journal.get(page.clients[1]!);
  assert.deepEqual(second, page.recorded.get(page.clients[1]!));
  assert.deepEqual(second!.slice(0, 2).map(event => event.type), ['client_started', 'notebook_opened']);
});

test('what a lost message left out is asked for at once, not after a time', async () => {
  const page = new Page(network);
  page.start();
  await pass(1_000);
  network.faults = { up: () => [], down: text => [text] };
  page.type();
  await pass(300);
  network.faults = { up: text => [text], down: text => [text] };
  page.type();
  await pass(400);
  assertComplete(page);
});

test('a full disk of the server acknowledges nothing; what the collector has counts as safe (F09)', async () => {
  const page = new Page(network);
  page.start();
  await page.typeFor(2_000);
  network.server.isDiskFull = true;
  network.server.isForwarding = false;
  await page.typeFor(20_000);
  assert.ok(page.transport.state.waiting >= 39);
  assert.equal((await page.transport.undelivered()).flatMap(batch => batch.events).length, page.transport.state.waiting);
  network.server.isForwarding = true;
  await page.typeFor(3_000);
  await pass(10_000);
  assert.equal(page.transport.state.waiting, 0);
  assertComplete(page);
});

test('a submission can carry what earlier clients left, too (F14)', async () => {
  const store = new MemoryStore();
  const killed = new Page(network, store, 'a');
  network.condition = 'refused';
  killed.start();
  await killed.typeFor(2_000);
  killed.transport.dispose();
  const page = new Page(network, store, 'b');
  page.start();
  await page.typeFor(2_000);
  assert.equal(await raced(page.transport.flush(3_000), 4_000), false);
  const batches = await page.transport.undelivered();
  assert.deepEqual(batches.map(batch => batch.client), [killed.clients[0], page.clients[0]]);
  assert.deepEqual(batches.map(batch => batch.events), [...killed.recorded.values(), ...page.recorded.values()]);
});

async function raced<T>(result: Promise<T>, ms: number): Promise<T> {
  await pass(ms);
  return result;
}

test('a page that is hidden sends what is not acknowledged once more, contiguous and small enough (F15)', async () => {
  const page = new Page(network);
  page.start();
  await pass(1_000);
  network.condition = 'silent';
  for (let count = 0; count < 100; count++) {
    page.type('é'.repeat(1_000));
  }
  page.transport.leave();
  const [beacon] = page.beacons;
  assert.ok(new TextEncoder().encode(beacon).length <= 49_152);
  const { events } = JSON.parse(beacon!) as { events: WireEvent[] };
  assert.equal(events[0]!.seq, network.server.journal.get(page.clients[0]!)!.length);
  assert.deepEqual(events.map(event => event.seq - events[0]!.seq), events.map((_, index) => index));
  network.server.take(beacon!);
  network.condition = 'up';
  await pass(40_000);
  assertComplete(page);
  page.transport.leave();
  assert.equal(page.beacons.length, 1);
});

test('two tabs share a store and deliver each event once (R13)', async () => {
  const store = new MemoryStore();
  const first = new Page(network, store, 'a');
  first.start();
  await first.typeFor(2_000);
  const second = new Page(network, store, 'b');
  second.start();
  for (let round = 0; round < 20; round++) {
    first.type();
    second.type();
    await pass(300);
  }
  network.refuse();
  await Promise.all([first.typeFor(2_000), second.typeFor(2_000)]);
  network.condition = 'up';
  await pass(20_000);
  assertComplete(first);
  assertComplete(second);
});

test('a laptop that slept notices that its line is dead (F16)', async () => {
  const page = new Page(network);
  page.start();
  await page.typeFor(2_000);
  let revived = 0;
  page.transport.revived.connect(() => (revived += 1));
  now.ms += 20 * 60_000; // no timer ran meanwhile
  network.sockets.forEach(socket => (socket.isForgotten = true));
  await page.typeFor(10_000);
  await pass(20_000);
  assertComplete(page);
  assert.equal(revived, 1, 'the lines to the kernels are made anew');
});

test('too much for the buffer: the oldest detail is dropped, counted, and succeeded by snapshots (R09)', async () => {
  const page = new Page(network, new MemoryStore(), 'a', { segmentChars: 20_000, heldChars: 60_000, copyChars: 60_000 });
  page.start();
  await page.typeFor(2_000);
  network.refuse();
  for (let count = 0; count < 300; count++) {
    page.type('y'.repeat(400));
    await pass(250);
  }
  network.condition = 'up';
  await pass(30_000);
  const dropped = [...page.recorded.values()].flat().filter(event => event.type === 'detail_dropped');
  assert.ok(dropped.length >= 2);
  let missing = 0;
  for (const [client, events] of page.recorded) {
    const kept = network.server.journal.get(client) ?? [];
    assert.deepEqual(kept, events.slice(0, kept.length), 'what is there has no hole');
    missing += events.length - kept.length;
    assert.equal(events[0]!.type, 'client_started');
    assert.ok(events.slice(1).every((event, index) => event.type !== 'detail_dropped' || index === 0));
  }
  assert.equal(missing, dropped.reduce((sum, event) => sum + event.events, 0));
  assert.ok(dropped.every(event => event.edits > 0 && event.inserted === 400 * event.edits && event.to_ms >= event.from_ms));
  const last = page.clients[page.clients.length - 1]!;
  assert.deepEqual(network.server.journal.get(last), page.recorded.get(last));
  assert.equal(page.transport.state.waiting, 0);
});

test('while the collector is away the browser keeps no endless copy of what the server has (R08)', async () => {
  const store = new MemoryStore();
  const page = new Page(network, store, 'a', { segmentChars: 20_000, heldChars: 60_000, copyChars: 30_000 });
  network.server.isForwarding = false;
  page.start();
  let most = 0;
  for (let count = 0; count < 600; count++) {
    page.type('y'.repeat(400));
    await pass(250);
    most = Math.max(most, (await store.read(page.clients[0]!, 0, 10_000)).length);
  }
  assert.ok(most > 20 && most < 100, String(most));
  assertComplete(page);
  assert.equal(page.clients.length, 1);
  network.server.isForwarding = true;
  page.type();
  await pass(10_000);
  assert.deepEqual(await store.clients(), []);
});

test('snapshots that fill the buffer do not make clients begin for ever (R09)', async () => {
  const page = new Page(network, new MemoryStore(), 'a', { segmentChars: 1_000, heldChars: 2_000, copyChars: 2_000 });
  network.condition = 'refused';
  page.open = () => {
    const cells = [{ id: 'c', cell_type: 'code', source: 'z'.repeat(5_000) }];
    page.recorder.emit({ type: 'notebook_opened', path: 'p', cells });
  };
  page.start();
  await page.typeFor(20_000);
  assert.equal(page.clients.length, 1);
});

/** A disk whose quota is used up. */
class FullStore extends MemoryStore {
  isFull = true;

  override async put(client: string, events: WireEvent[]): Promise<void> {
    if (this.isFull) {
      throw new DOMException('no room', 'QuotaExceededError');
    }
    return super.put(client, events);
  }
}

test('a browser without room keeps events in memory, says so, and loses nothing (R09)', async () => {
  const disk = new FullStore();
  const store: IEventStore = new CarefulStore(disk);
  const page = new Page(network, store as MemoryStore);
  page.start();
  network.refuse();
  await page.typeFor(2_000);
  disk.isFull = false;
  await page.typeFor(2_000);
  assert.equal(page.transport.state.isKept, false);
  assert.equal((await store.read(page.clients[0]!, 0, 1_000)).length, page.recorded.get(page.clients[0]!)!.length);
  network.condition = 'up';
  await pass(30_000);
  assertComplete(page);
  assert.equal(page.transport.state.isKept, true);
  assert.deepEqual(await store.clients(), []);
});

test('a flood is sent through a window, and typing never waits (R10)', async () => {
  const page = new Page(network);
  page.start();
  await pass(500);
  const begun = performance.now();
  for (let count = 0; count < 50_000; count++) {
    page.type();
  }
  const perEventMs = (performance.now() - begun) / 50_000;
  assert.ok(perEventMs < 0.1, `${perEventMs} ms per event`);
  await pass(30_000);
  assertComplete(page);
});
