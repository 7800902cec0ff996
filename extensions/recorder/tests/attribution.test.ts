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
  assert.equal(attribution.sourceOfEdit(undo, true, text, 'x'), 'undo');
  assert.equal(attribution.sourceOfEdit({ ...undo, redoing: true }, true, text, 'x'), 'redo');
  assert.equal(attribution.sourceOfEdit(null, true, text, 'x'), 'programmatic');
  assert.equal(attribution.sourceOfEdit(null, false, text, 'x'), 'unknown');
  assert.deepEqual(attribution.causeOfCells(undo, true), { source: 'undo' });
  assert.deepEqual(attribution.causeOfCells(null, true), { source: 'programmatic' });
});

test('an editor says who makes its change, and only while it makes it', () => {
  const attribution = new Attribution();
  const depth = attribution.enter('type');
  assert.equal(attribution.sourceOfEdit(editor, true, text, 'x'), 'type');
  assert.equal(attribution.sourceOfEdit({ ytext: {} }, true, text, 'x'), 'programmatic');
  attribution.leave(depth);
  assert.equal(attribution.sourceOfEdit(editor, true, text, 'x'), 'unknown');
});

test('a second view that follows the first does not take its place', () => {
  const attribution = new Attribution();
  const first = attribution.enter('paste');
  attribution.leave(attribution.enter('unknown'));
  assert.equal(attribution.sourceOfEdit(editor, true, text, 'x'), 'paste');
  attribution.leave(first);
});

test('what an editor does not say is said by what goes on around it, and not after', () => {
  const attribution = new Attribution();
  const accept = () => {
    const depth = attribution.enter('unknown');
    const source = attribution.sourceOfEdit(editor, true, text, 'x');
    attribution.leave(depth);
    return source;
  };
  assert.equal(attribution.during({ source: 'complete' }, accept), 'complete');
  assert.equal(accept(), 'unknown');
  assert.equal(
    attribution.during({ source: 'replace' }, () => attribution.sourceOfEdit(null, true, text, 'x')),
    'replace'
  );
  assert.throws(() =>
    attribution.during({ source: 'replace' }, () => {
      throw new Error('fails within');
    })
  );
  assert.equal(attribution.sourceOfEdit(null, true, text, 'x'), 'programmatic');
});

test('what waits for the clipboard claims the one change that it is', () => {
  const attribution = new Attribution();
  const cause = { source: 'paste', action: 'paste' } as const;
  const nobody = { source: 'programmatic' };
  attribution.expect({ cause, isIt: inserted => inserted === null });
  assert.equal(attribution.sourceOfEdit(null, true, text, 'x'), 'programmatic');
  assert.deepEqual(attribution.causeOfCells(null, true), cause);
  assert.deepEqual(attribution.causeOfCells(null, true), nobody);
  attribution.expect({ cause, isIt: inserted => inserted === 'x' });
  assert.equal(attribution.sourceOfEdit(editor, true, text, 'y'), 'unknown');
  assert.equal(attribution.sourceOfEdit(editor, true, text, 'x'), 'paste');
  attribution.expect({ cause, isIt: () => true }).dispose();
  assert.deepEqual(attribution.causeOfCells(null, true), nobody);
});
