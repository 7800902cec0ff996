/** An event that the server refuses: the page must not drown it in repeats. Fault R10. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { enter, leave, Network, Page, pass } from './network';

let network: Network;

beforeEach(() => {
  network = new Network();
  enter(network);
});

afterEach(leave);

test('an event that the server refuses does not make the page send more and more', async () => {
  const page = new Page(network);
  const server = network.server;
  const take = server.take.bind(server);
  server.take = (text: string) => (text.includes('"poison"') ? [server.state('')] : take(text));
  page.start();
  await pass(1_000);
  page.recorder.emit({ type: 'saved', path: 'poison' });
  const before = network.sentMessages;
  for (let count = 0; count < 1_500; count++) {
    page.type();
  }
  for (let round = 0; round < 40; round++) {
    page.type();
    await pass(250);
  }
  assert.ok(network.sentMessages - before < 300, `${network.sentMessages - before} messages in ten seconds`);
});
