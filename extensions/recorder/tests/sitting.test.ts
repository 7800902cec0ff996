/** The clock of the sitting is the server's: sleep, jumps and cuts neither stop it nor end it early. Faults F16, F17. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { RequestError } from '../src/errors';
import { ISitting, SittingModel } from '../src/sitting';
import { enter, leave, Network, now, pass } from './network';

/** The service: its own clock, a deadline, and what the way to it is like. */
const service = { nowMs: 0, deadlineMs: 0, status: 'running', answer: 200, code: 'unknown' };
let wallMs = 0;
let model: SittingModel;

async function ask(): Promise<ISitting> {
  if (service.answer !== 200) {
    throw new RequestError('no', service.answer === 0 ? 'unreachable' : service.code, service.answer);
  }
  const { status, nowMs, deadlineMs } = service;
  return { status, server_now_ms: nowMs, deadline_ms: deadlineMs, receipt: null } as unknown as ISitting;
}

/** Time passes for everybody; the page's monotonic clock may sleep meanwhile. */
async function live(durationMs: number, stepMs = 500): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += stepMs) {
    service.nowMs += stepMs;
    wallMs += stepMs;
    await pass(stepMs, stepMs);
  }
}

beforeEach(async () => {
  enter(new Network());
  Object.assign(service, { nowMs: 50_000_000, deadlineMs: 50_000_000 + 3_600_000, status: 'running', answer: 200 });
  service.code = 'unknown';
  wallMs = 7_000;
  model = new SittingModel(ask, () => now.ms, () => wallMs);
  void model.refresh();
  await live(1_000);
});

afterEach(() => {
  model.dispose();
  leave();
});

function assertOnTime(): void {
  const expected = service.deadlineMs - service.nowMs;
  assert.ok(Math.abs(model.remainingMs! - expected) < 1_500, `${model.remainingMs} is not about ${expected}`);
}

test('a laptop that slept for 20 minutes shows the right time within seconds', async () => {
  await live(10_000);
  assertOnTime();
  service.nowMs += 20 * 60_000;
  wallMs += 20 * 60_000;
  await live(5_000);
  assertOnTime();
  assert.equal(model.isOver, false);
});

test('a clock on the wall that jumps by hours changes nothing', async () => {
  wallMs += 5 * 3_600_000;
  await live(5_000);
  assertOnTime();
  wallMs -= 9 * 3_600_000;
  await live(5_000);
  assertOnTime();
  assert.equal(model.isOver, false);
});

test('a network cut over the deadline does not end the sitting early: the deadline may have been moved', async () => {
  await live(3_500_000, 50_000);
  service.answer = 0;
  await live(200_000, 2_000);
  assert.equal(model.isUnreachable, true);
  assert.equal(model.isOver, false);
  service.deadlineMs += 600_000; // the outage was credited
  service.answer = 200;
  await live(5_000);
  assert.equal(model.isOver, false);
  assertOnTime();
});

test('a server that is gone after the deadline means that the sitting is over', async () => {
  await live(3_590_000, 10_000);
  service.answer = 503;
  await live(20_000, 1_000);
  assert.equal(model.isOver, false);
  await live(30_000, 1_000);
  assert.equal(model.isOver, true);
});

test('a service that is away while the server answers ends nothing', async () => {
  await live(3_590_000, 10_000);
  service.answer = 503;
  service.code = 'service_unreachable';
  await live(120_000, 1_000);
  assert.equal(model.isOver, false);
  service.answer = 200;
  service.status = 'collected';
  await live(5_000);
  assert.equal(model.isOver, true);
});
