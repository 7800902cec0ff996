import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Attribution, sourceOfUserEvent } from '../src/observers/attribution';

const text = {};
const editor = { ytext: text };
const undo = { undoStack: [], redoStack: [], undoing: true, redoing: false };

test('user events of the editor have our names', () => {
  const named = {
    'input.type': 'type',
    'input.type.compose': 'compose',
    'input.type.compose.start': 'compose',
    input: 'type',
    'input.paste': 'paste',
    'input.drop': 'drop',
    'move.drop': 'drop',
    'move.line': 'type',
    indent: 'type',
    'delete.cut': 'cut',
    'delete.backward': 'type',
    'inputs.other': 'unknown'
  };
  assert.deepEqual(Object.fromEntries(Object.keys(named).map(name => [name, sourceOfUserEvent(name)])), named);
  assert.equal(sourceOfUserEvent(undefined), 'unknown');
});

test('changes from elsewhere are undo, redo, programmatic, or unknown', () => {
  const attribution = new Attribution();
  assert.equal(attribution.sourceOfEdit(undo, true, text), 'undo');
  assert.equal(attribution.sourceOfEdit({ ...undo, redoing: true }, true, text), 'redo');
  assert.equal(attribution.sourceOfEdit(null, true, text), 'programmatic');
  assert.equal(attribution.sourceOfEdit(null, false, text), 'unknown');
  assert.deepEqual(attribution.causeOfCells(undo, true), { source: 'undo' });
  assert.deepEqual(attribution.causeOfCells(null, true), { source: 'programmatic' });
});

test('an editor says who makes its change, and only while it makes it', () => {
  const attribution = new Attribution();
  const depth = attribution.enter('type');
  assert.equal(attribution.sourceOfEdit(editor, true, text), 'type');
  assert.equal(attribution.sourceOfEdit({ ytext: {} }, true, text), 'programmatic');
  attribution.leave(depth);
  assert.equal(attribution.sourceOfEdit(editor, true, text), 'unknown');
});

test('a second view that follows the first does not take its place', () => {
  const attribution = new Attribution();
  const first = attribution.enter('paste');
  attribution.leave(attribution.enter('unknown'));
  assert.equal(attribution.sourceOfEdit(editor, true, text), 'paste');
  attribution.leave(first);
});

test('what an editor does not say is said by what goes on around it, and not after', () => {
  const attribution = new Attribution();
  const accept = () => {
    const depth = attribution.enter('unknown');
    const source = attribution.sourceOfEdit(editor, true, text);
    attribution.leave(depth);
    return source;
  };
  assert.equal(attribution.during({ source: 'complete' }, accept), 'complete');
  assert.equal(accept(), 'unknown');
  assert.equal(
    attribution.during({ source: 'replace' }, () => attribution.sourceOfEdit(null, true, text)),
    'replace'
  );
  assert.throws(() =>
    attribution.during({ source: 'replace' }, () => {
      throw new Error('fails within');
    })
  );
  assert.equal(attribution.sourceOfEdit(null, true, text), 'programmatic');
});

test('what waits for the clipboard claims one change of its kind, and none after it is done', async () => {
  const attribution = new Attribution();
  const pasted = { source: 'paste', action: 'paste' } as const;
  let finish = () => undefined as void;
  const done = new Promise<void>(resolve => (finish = resolve));
  attribution.expect('cells', pasted, done);
  assert.equal(attribution.sourceOfEdit(null, true, text), 'programmatic');
  assert.deepEqual(attribution.causeOfCells(null, true), pasted);
  assert.deepEqual(attribution.causeOfCells(null, true), { source: 'programmatic' });
  attribution.expect('cells', pasted, done);
  finish();
  await done;
  await Promise.resolve();
  assert.deepEqual(attribution.causeOfCells(null, true), { source: 'programmatic' });
});
