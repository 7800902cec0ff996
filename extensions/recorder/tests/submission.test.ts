/** Submitting in trouble: one submission, a receipt, and nobody is kept from it. Faults F09, F14, R16. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { IDelivery, send } from '../src/delivery';
import { RequestError } from '../src/errors';
import { IBatch } from '../src/events';
import { shortForm, receiptFileName, receiptText } from '../src/receipt';
import { IReceipt } from '../src/sitting';

const RECEIPT: IReceipt = {
  submission_id: 'synthetic/1',
  digest: 'd'.repeat(64),
  head: 'ab12'.repeat(16),
  position: 7,
  submitted_ms: 1_700_000_000_000,
  matches: true,
  signature: 'cd34'.repeat(32),
  key: 'ef56'.repeat(4),
  signed_ms: 1_700_000_000_001
};

const BATCH: IBatch = { v: 1, client: '0'.repeat(16), events: [] };

/** A service that submits once; `trouble` is raised, one at a time, before or after that. */
class Service implements IDelivery {
  readonly bodies: object[] = [];
  submitted = 0;
  isFlushed = true;
  losesAnswer = false;
  canTell = true;

  constructor(private readonly trouble: RequestError[] = []) {}

  digests = (): Record<string, string> => ({ p: 'digest' });
  note = (): void => undefined;
  flush = (): Promise<boolean> => Promise.resolve(this.isFlushed);
  undelivered = (): Promise<IBatch[]> => Promise.resolve([BATCH]);

  post = (body: object): Promise<{ receipt: IReceipt }> => {
    this.bodies.push(body);
    const error = this.trouble.shift();
    if (error !== undefined && !this.losesAnswer) {
      return Promise.reject(error);
    }
    this.submitted ||= 1;
    return error === undefined ? Promise.resolve({ receipt: RECEIPT }) : Promise.reject(error);
  };

  receipt = (): Promise<IReceipt | null> =>
    this.canTell ? Promise.resolve(this.submitted ? RECEIPT : null) : Promise.reject(new Error('cut'));
}

const noPause = (): Promise<void> => Promise.resolve();
const cut = (): RequestError => new RequestError('cut', 'unreachable', 0);

test('an ordinary submission carries the digests and nothing else', async () => {
  const service = new Service();
  assert.equal(await send(service, false, noPause), RECEIPT);
  assert.deepEqual(service.bodies, [{ documents: { p: 'digest' }, batches: [], is_incomplete: false }]);
});

test('what the server did not acknowledge travels along (F09)', async () => {
  const service = new Service();
  service.isFlushed = false;
  assert.equal(await send(service, false, noPause), RECEIPT);
  assert.deepEqual((service.bodies[0] as { batches: IBatch[] }).batches, [BATCH]);
});

test('a cut before the request is tried again (F14)', async () => {
  const service = new Service([cut(), cut()]);
  assert.equal(await send(service, false, noPause), RECEIPT);
  assert.equal(service.bodies.length, 3);
});

test('a cut before the answer finds the receipt instead of submitting twice (F14)', async () => {
  const service = new Service([cut()]);
  service.losesAnswer = true;
  assert.equal(await send(service, false, noPause), RECEIPT);
  assert.equal(service.bodies.length, 1);
});

test('a retry after a lost answer is answered with the same receipt (F14)', async () => {
  const service = new Service([cut()]);
  service.losesAnswer = true;
  service.canTell = false;
  assert.equal(await send(service, false, noPause), RECEIPT);
  assert.deepEqual([service.bodies.length, service.submitted], [2, 1]);
});

test('a network that stays away is told after a bounded number of tries (F14)', async () => {
  const service = new Service(Array.from({ length: 20 }, cut));
  await assert.rejects(send(service, false, noPause), /cut/);
  assert.equal(service.bodies.length, 5);
});

test('a refusal is not repeated', async () => {
  const service = new Service([new RequestError('ended', 'sitting_ended', 409)]);
  await assert.rejects(send(service, false, noPause), /ended/);
  assert.equal(service.bodies.length, 1);
});

test('a recorder in trouble keeps nobody from submitting (R16)', async () => {
  const service = new Service();
  const broken = (): never => {
    throw new Error('the recorder broke');
  };
  const receipt = await send(
    { ...service, digests: broken, note: broken, undelivered: () => Promise.reject(new Error()), flush: async () => false },
    true,
    noPause
  );
  assert.equal(receipt, RECEIPT);
  assert.deepEqual(service.bodies, [{ documents: {}, batches: [], is_incomplete: true }]);
});

test('the receipt is shown short and saved whole (F14)', () => {
  assert.equal(shortForm(RECEIPT.head), 'ab12ab12…ab12ab12');
  assert.equal(shortForm('abc'), 'abc');
  assert.equal(receiptFileName(RECEIPT), 'receipt-synthetic_1.json');
  const saved = JSON.parse(receiptText(RECEIPT)) as Record<string, unknown>;
  assert.deepEqual(saved, { ...RECEIPT, submitted_at: '2023-11-14T22:13:20.000Z' });
});
