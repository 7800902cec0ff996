/** What is on the disk is recognised as one's own work, in every form that the server gives it in. Fault F13. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cellsOnDisk, isSameCells } from '../src/document';

test('notebooks are compared by what is typed, whatever form their lines have', () => {
  const written = [{ id: 'a', cell_type: 'code', source: 'x = 1\ny' }];
  const lines = { cells: [{ id: 'a', cell_type: 'code', source: ['x = 1\n', 'y'], outputs: [1], metadata: {} }] };
  assert.ok(isSameCells(cellsOnDisk(lines), written));
  const other = { cells: [{ id: 'a', cell_type: 'code', source: 'x = 2' }] };
  assert.ok(!isSameCells(cellsOnDisk(other), written));
});

test('text files are compared with the line endings that the editor works with', () => {
  assert.ok(isSameCells(cellsOnDisk('a\r\nb\r'), [{ id: 'file', cell_type: 'file', source: 'a\nb\n' }]));
});
