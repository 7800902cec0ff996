/** The second tab of one sitting is told that there is another; the first is not bothered. Fault R13. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { IChannel, OtherTabs } from '../src/tabs';
import { enter, leave, Network, now, pass } from './network';

class Bus {
  readonly ends = new Set<End>();
}

class End implements IChannel {
  onmessage: ((message: MessageEvent) => unknown) | null = null;

  constructor(private readonly bus: Bus) {
    bus.ends.add(this);
  }

  postMessage(data: unknown): void {
    if (!this.bus.ends.has(this)) {
      return;
    }
    [...this.bus.ends].filter(end => end !== this).forEach(end => end.onmessage?.({ data } as MessageEvent));
  }

  close(): void {
    this.bus.ends.delete(this);
  }
}

beforeEach(() => enter(new Network()));
afterEach(leave);

function tab(bus: Bus, id: string): OtherTabs {
  now.ms += 1;
  return new OtherTabs(new End(bus), id, () => now.ms);
}

test('only the later tab is told, and only as long as the earlier is there', async () => {
  const bus = new Bus();
  const first = tab(bus, 'a');
  const second = tab(bus, 'b');
  let told = 0;
  second.changed.connect(() => (told += 1));
  assert.deepEqual([first.isLater, second.isLater], [false, true]);
  await pass(600_000, 1_000);
  assert.deepEqual([first.isLater, second.isLater], [false, true]);
  first.leave();
  assert.equal(second.isLater, false);
  assert.equal(told, 1);
  first.dispose();
  second.dispose();
  assert.equal(bus.ends.size, 0);
});

test('a tab that was killed is forgotten after a while', async () => {
  const bus = new Bus();
  const first = tab(bus, 'a');
  const second = tab(bus, 'b');
  [...bus.ends][0]!.close();
  assert.equal(second.isLater, true);
  await pass(160_000, 1_000);
  assert.equal(second.isLater, false);
  first.dispose();
  second.dispose();
});
