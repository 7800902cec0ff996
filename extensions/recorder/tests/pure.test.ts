import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBatches, item } from '../src/batches';
import { MemoryStore } from '../src/buffer';
import { documentDigest, documentText } from '../src/document';
import { WireEvent } from '../src/events';
import { boundOutputs, countOf } from '../src/outputs';
import { announcement, clockText, recordingText, spokenTime } from '../src/panel/words';
import { EventBody } from '../src/events';
import { Recorder } from '../src/recorder';

const saved = (seq: number): WireEvent => ({ type: 'saved', path: 'a.ipynb', seq, t_ms: 0 });

test('document bytes are those that Python writes', async () => {
  const cells = [{ source: 'é"\\\b\t\n\f\r\u001f\u007f\u0080😀\ud800', id: 'a', cell_type: 'code' }];
  // json.dumps(..., sort_keys=True, separators=(",", ":"), ensure_ascii=True) of the same document.
  const expected =
    '{"cells":[{"cell_type":"code","id":"a","source":"\\u00e9\\"\\\\\\b\\t\\n\\f\\r\\u001f\\u007f\\u0080' +
    '\\ud83d\\ude00\\ud800"}],"path":"p/\\u00fc.ipynb"}';
  assert.equal(documentText('p/ü.ipynb', cells), expected);
  assert.match(await documentDigest('p', cells), /^[0-9a-f]{64}$/);
});

test('outputs are bounded and say so', () => {
  const stream = { output_type: 'stream', name: 'stdout', text: 'x'.repeat(100_000) };
  const image = { output_type: 'display_data', data: { 'image/png': 'y'.repeat(100_000) }, metadata: {} };
  const small = { output_type: 'stream', name: 'stdout', text: 'ok' };
  assert.deepEqual(boundOutputs([small]), { outputs: [small], truncated: false });
  const cut = boundOutputs([small, stream]);
  assert.ok(cut.truncated && JSON.stringify(cut.outputs).length < 66_000);
  assert.equal(cut.outputs.length, 2);
  assert.deepEqual(boundOutputs([image]), { outputs: [], truncated: true });
  assert.equal(boundOutputs(Array.from({ length: 300 }, () => small)).outputs.length, 200);
  const deep = JSON.parse('['.repeat(200) + ']'.repeat(200)) as unknown;
  const rich = { output_type: 'display_data', data: { 'application/json': deep, 'text/plain': 'nested' }, metadata: {} };
  const plain = { ...rich, data: { 'text/plain': 'nested' } };
  assert.deepEqual(boundOutputs([rich]), { outputs: [plain], truncated: true });
});

test('the clock is written and spoken', () => {
  assert.equal(clockText(3_849_000), '1:04:09');
  assert.equal(clockText(249_001), '4:10');
  assert.equal(clockText(-5), '0:00');
  assert.equal(spokenTime(3_849_000), '1 hour 5 minutes');
  assert.equal(spokenTime(0), 'less than a minute');
});

test('10, 5 and 1 minutes are announced once, when they are passed', () => {
  assert.equal(announcement(600_500, 599_500), '10 minutes left.');
  assert.equal(announcement(599_500, 598_500), '');
  assert.equal(announcement(60_100, 59_900), '1 minute left.');
  assert.equal(announcement(0, 500_000), '');
});

test('the recording state is said in words', () => {
  const state = {
    ...{ recording: 'ok' as const, detail: '', recordedUpToMs: 0, waiting: 0 },
    ...{ isKept: true, isConnected: true, head: null }
  };
  assert.equal(recordingText(state), 'Recording is starting.');
  assert.match(recordingText({ ...state, recordedUpToMs: 1 }), /^Recorded up to \d\d:\d\d:\d\d\.$/);
  const delayed = { ...state, recording: 'delayed' as const, recordedUpToMs: 1 };
  assert.match(recordingText({ ...delayed, waiting: 2 }), /^Recording delayed: .* Recorded up to \d\d:.* kept in this browser/);
  assert.match(recordingText({ ...delayed, waiting: 2, isKept: false }), /do not close or reload/);
  assert.match(recordingText(delayed), /Nothing is lost/);
  assert.match(recordingText({ ...state, recording: 'refused', detail: 'why' }), /stopped: why/);
});

test('the store returns events in order and forgets what the collector has', async () => {
  const store = new MemoryStore();
  await store.put('c', [saved(1), saved(0), saved(2)]);
  await store.prune('c', 0);
  assert.deepEqual((await store.read('c', 0, 10)).map(event => event.seq), [1, 2]);
  await store.prune('c', 2);
  assert.deepEqual(await store.clients(), []);
});

test('batches are bounded in number and size', () => {
  const sizes = [...inBatches(Array.from({ length: 1200 }, (_, seq) => item(saved(seq))))].map(batch => batch.length);
  assert.deepEqual(sizes, [500, 500, 200]);
  const long: EventBody = { type: 'edit', path: 'p', cell: 'c', source: 'paste', ops: [[0, 0, 'x'.repeat(600_000)]] };
  const events = [0, 1, 2].map(seq => ({ ...long, seq, t_ms: 0 }));
  assert.equal([...inBatches(events.map(item))].length, 3);
});

test('the sequence has no gaps, and a restart begins a new client with a fresh start', () => {
  const got: [string, number, string][] = [];
  let client = '';
  const sink = {
    begin: (name: string) => {
      client = name;
    },
    accept: (event: WireEvent) => got.push([client, event.seq, event.type])
  };
  const names = ['a', 'b'];
  const recorder = new Recorder(sink, { recorder: '1', lab: '4' }, () => 5.4, () => names.shift()!);
  assert.equal(recorder.emit({ type: 'saved', path: 'p' }), null);
  recorder.start();
  recorder.emit({ type: 'saved', path: 'p' });
  recorder.restarted.connect(() => recorder.emit({ type: 'notebook_opened', path: 'p', cells: [] }));
  recorder.restart();
  recorder.stop();
  recorder.emit({ type: 'saved', path: 'p' });
  assert.deepEqual(got, [
    ['a', 0, 'client_started'],
    ['a', 1, 'saved'],
    ['b', 0, 'client_started'],
    ['b', 1, 'notebook_opened']
  ]);
});

test('a count that the server would refuse is left out', () => {
  assert.deepEqual([0, 7, -5, 2 ** 60, 1.5, null].map(countOf), [0, 7, null, null, null, null]);
});
