import assert from 'node:assert/strict';
import { test } from 'node:test';

import { applyCells, applyText, cellAction, cellsOps, pieces, textOps } from '../src/delta';
import { ICellState } from '../src/events';

const cell = (id: string, source = '', cell_type = 'code'): ICellState => ({ id, cell_type, source });

test('operations of a delta lead from the old text to the new', () => {
  const ops = textOps([{ retain: 2 }, { insert: 'XY' }, { retain: 1 }, { delete: 2 }, { insert: 'Z' }]);
  assert.deepEqual(ops, [
    [2, 0, 'XY'],
    [5, 2, 'Z']
  ]);
  assert.equal(applyText('abcdef', ops), 'abXYcZf');
});

test('a replacement is one operation', () => {
  assert.deepEqual(textOps([{ retain: 1 }, { insert: 'new' }, { delete: 3 }]), [[1, 3, 'new']]);
  assert.equal(applyText('aoldb', [[1, 3, 'new']]), 'anewb');
});

test('a long insertion becomes several that never split a surrogate pair', () => {
  const parts = [...pieces('ab😀cd', 3)];
  assert.deepEqual(parts, ['ab', '😀c', 'd']);
});

test('cells that are inserted, deleted, moved and retyped are told apart', () => {
  const before = [cell('a'), cell('b'), cell('c')];
  const after = (ops: Parameters<typeof applyCells>[1]) => applyCells(before, ops);
  assert.equal(cellAction(before, after([[1, 0, [cell('n')]]])), 'insert');
  assert.equal(cellAction(before, after([[1, 1, []]])), 'delete');
  assert.equal(cellAction(before, [before[1]!, before[0]!, before[2]!]), 'move');
  assert.equal(cellAction(before, after([[0, 1, [cell('a', '', 'markdown')]]])), 'type');
  assert.equal(cellAction(before, [cell('x', 'other'), cell('b')]), 'other');
});

test('operations on cells follow the delta', () => {
  const ops = cellsOps([{ retain: 1 }, { delete: 1 }, { insert: [cell('n')] }]);
  assert.deepEqual(
    applyCells([cell('a'), cell('b')], ops).map(state => state.id),
    ['a', 'n']
  );
});
