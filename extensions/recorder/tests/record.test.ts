import assert from 'node:assert/strict';
import { test } from 'node:test';

import { around } from '../src/around';
import { applyCells, applyText, trimmed } from '../src/delta';
import { sha256Hex } from '../src/digest';
import { EventBody, ICellState, TextOp, WireEvent } from '../src/events';
import { Mirror } from '../src/mirror';
import { pastedEvent } from '../src/pasted';
import { DocumentRecord, fileCell } from '../src/observers/record';
import { Seen } from '../src/observers/seen';
import { Recorder } from '../src/recorder';

const cell = (id: string, source = '', cell_type = 'code'): ICellState => ({ id, cell_type, source });

/** A document in memory, its record, and what a replay of the record makes of it. */
class Desk {
  readonly events: WireEvent[] = [];
  readonly recorder = new Recorder(
    { begin: () => undefined, accept: event => this.events.push(structuredClone(event)) },
    { recorder: '1', lab: '4' },
    () => 0,
    () => 'client'
  );
  readonly seen = new Seen(null, '');
  readonly record: DocumentRecord;

  constructor(public cells: ICellState[]) {
    this.recorder.start();
    this.record = new DocumentRecord(this, 'notebook', 'p.ipynb', () => this.cells.map(each => ({ ...each })));
  }

  edit(index: number, ops: TextOp[], source: 'type' | 'paste' | 'programmatic' = 'type'): void {
    const changed = this.cells[index]!;
    const delta = ops.flatMap(([at, gone, insert]) => [{ retain: at }, { insert }, { delete: gone }]);
    this.cells[index] = { ...changed, source: applyText(changed.source, ops) };
    this.record.edited(changed.id, () => index, delta, source);
  }

  replayed(): ICellState[] {
    return this.events.reduce<ICellState[]>((cells, event) => {
      if (event.type === 'notebook_opened') {
        return event.cells;
      }
      if (event.type === 'cells_changed') {
        return applyCells(cells, event.ops);
      }
      const isIt = (each: ICellState) => event.type === 'edit' && each.id === event.cell;
      const at = cells.findIndex(isIt);
      return event.type === 'edit'
        ? cells.map((each, index) => (index === at ? { ...each, source: applyText(each.source, event.ops) } : each))
        : cells;
    }, []);
  }

  types(): string[] {
    return this.events.map(event => event.type);
  }
}

test('SHA-256 is that of UTF-8, and half a pair counts as three bytes', () => {
  assert.equal(sha256Hex('é😀'), '1184d1f608158eea09d297565575892231550c403aaa913008d867a97cfd5c76');
  // hashlib.sha256('a\ud800b\udc00'.encode('utf-8', 'surrogatepass')).hexdigest()
  assert.equal(sha256Hex('a\ud800b\udc00'), 'fe54173448ac875d6d946748f316013e01504d5dec88d87e0b564db015892830');
});

test('what a program leaves as it is, is not in its edit, and no surrogate pair is parted', () => {
  const cases: [string, string][] = [
    ['a = 1\nb = 2\n', 'a = 1\nb = 3\n'],
    ['x😀y', 'x😁y'],
    ['😀', '😀😀'],
    ['aaa', 'aa'],
    ['', 'new'],
    ['old', '']
  ];
  for (const [before, after] of cases) {
    const ops = trimmed(before, [[0, before.length, after]]);
    assert.equal(applyText(before, ops), after);
    ops.forEach(([at]) => assert.ok(!/[\udc00-\udfff]/.test(before.charAt(at))));
  }
  assert.deepEqual(trimmed('a = 1\nb = 2\n', [[0, 12, 'a = 1\nb = 3\n']]), [[10, 1, '3']]);
  assert.deepEqual(trimmed('same', [[0, 4, 'same']]), []);
});

test('edits, cells and snapshots lead to what the document is', () => {
  const desk = new Desk([cell('a', 'one'), cell('b', 'two', 'markdown')]);
  desk.edit(0, [[3, 0, ' more']]);
  desk.edit(1, [[0, 3, 'three']], 'programmatic');
  desk.cells = [desk.cells[1]!, cell('c', 'new'), desk.cells[0]!];
  desk.record.spliced([{ delete: 2 }, { insert: desk.cells }], { source: 'cells', action: 'move' });
  assert.deepEqual(desk.replayed(), desk.cells);
  assert.deepEqual(desk.types(), ['client_started', 'notebook_opened', 'edit', 'edit', 'cells_changed']);
  desk.record.check();
  desk.record.checkCell('c', 'new');
  assert.equal(desk.events.length, 5);
});

test('a change that nobody told of is found and a fresh snapshot recorded', () => {
  const desk = new Desk([cell('a', 'one')]);
  desk.cells = [cell('a', 'changed behind our back')];
  desk.record.checkCell('a', 'changed behind our back');
  assert.deepEqual(desk.replayed(), desk.cells);
  desk.recorder.restart();
  assert.deepEqual(desk.types().slice(-2), ['client_started', 'notebook_opened']);
});

test('long texts and many cells come in several events, none of them too large', () => {
  const long = 'x'.repeat(300_000);
  const desk = new Desk([cell('a', long), cell('b', long), cell('c', long), cell('d', 'short')]);
  assert.deepEqual(desk.replayed(), desk.cells);
  desk.cells = [...desk.cells, ...Array.from({ length: 2_500 }, (_, index) => cell(`n${index}`, 'y'.repeat(400)))];
  desk.record.spliced([{ retain: 4 }, { insert: desk.cells.slice(4) }], { source: 'paste', action: 'paste' });
  assert.deepEqual(desk.replayed(), desk.cells);
  desk.edit(3, [[5, 0, 'z'.repeat(900_000)]]);
  assert.deepEqual(desk.replayed(), desk.cells);
  assert.ok(desk.events.every(event => JSON.stringify(event).length < 1_000_000));
  desk.recorder.restart();
  assert.deepEqual(desk.replayed(), desk.cells);
  const cells = (event: EventBody) =>
    event.type === 'cells_changed' ? event.ops.map(op => op[2].length) : event.type === 'notebook_opened' ? [event.cells.length] : [];
  assert.ok(desk.events.flatMap(cells).every(count => count <= 1_000));
});

test('of two cells with one id the right one is changed', () => {
  const desk = new Desk([cell('a', 'one'), cell('a', 'one'), cell('b', 'two')]);
  desk.edit(1, [[0, 0, 'second ']]);
  assert.deepEqual(desk.replayed(), desk.cells);
  desk.cells = desk.cells.slice(1);
  desk.record.spliced([{ delete: 1 }], { source: 'cells', action: 'delete' });
  desk.edit(0, [[0, 0, 'again ']]);
  assert.deepEqual(desk.replayed(), desk.cells);
  assert.equal(desk.events[desk.events.length - 1]!.type, 'edit');
});

test('a failure of the recorder stops nobody, and a snapshot follows it', async () => {
  const desk = new Desk([cell('a', 'one'), cell('a', 'two')]);
  desk.cells = [cell('a', 'one more'), cell('a', 'two')];
  const fail = () => {
    throw new Error('no index');
  };
  desk.record.edited('a', fail, [{ retain: 3 }, { insert: ' more' }], 'type');
  await Promise.resolve();
  assert.deepEqual(desk.replayed(), desk.cells);
});

test('an edit that parts a surrogate pair is followed by what the model made of it', async () => {
  const desk = new Desk([cell('a', 's = 😀')]);
  desk.cells = [cell('a', 's = \ufffdx\ufffd')];
  desk.record.edited('a', () => 0, [{ retain: 5 }, { insert: 'x' }], 'programmatic');
  await Promise.resolve();
  assert.deepEqual(desk.replayed(), desk.cells);
  assert.deepEqual(desk.types().slice(-2), ['edit', 'notebook_opened']);
});

test('a new cell whose text somebody has changed at once is recorded as it is', async () => {
  const desk = new Desk([cell('a', 'one')]);
  desk.cells = [cell('a', 'one'), cell('b', '# made by a program')];
  desk.record.spliced([{ retain: 1 }, { insert: [desk.cells[1]!] }], { source: 'cells' });
  desk.record.edited('b', () => 1, [{ insert: '# made by a program' }], 'programmatic');
  await Promise.resolve();
  assert.deepEqual(desk.replayed(), desk.cells);
});

test('a source that nobody knows is not written for cells', () => {
  const desk = new Desk([cell('a')]);
  desk.record.spliced([{ delete: 1 }], { source: 'unknown' });
  assert.ok(!('source' in desk.events[desk.events.length - 1]!));
});

test('a paste is told right before its change, without its text', () => {
  const desk = new Desk([cell('a', 'known_text')]);
  desk.edit(0, [[0, 0, 'foreign']], 'paste');
  const [pasted, edit] = desk.events.slice(-2);
  const sha256 = sha256Hex('foreign');
  assert.deepEqual(pasted, {
    ...{ type: 'pasted', path: 'p.ipynb', cell: 'a', via: 'paste', length: 7, sha256, seen: [] },
    ...{ seq: 2, t_ms: 0 }
  });
  assert.equal(edit!.type, 'edit');
  desk.edit(0, [[0, 0, ' known_text\n']], 'paste');
  assert.deepEqual((desk.events[desk.events.length - 2] as { seen?: unknown }).seen, ['cell', 'prompt']);
});

test('several pieces of one paste are one text', () => {
  const into = { path: 'p', cell: '', via: 'cells' as const };
  const textOf = (pieces: string[]) => pastedEvent(into, pieces, () => [])?.sha256;
  assert.equal(textOf(['same', '', 'same']), sha256Hex('same'));
  assert.equal(textOf(['one', 'two']), sha256Hex('one\ntwo'));
  assert.equal(textOf(['', '']), undefined);
});

test('text that was typed and deleted, shown, or copied is known; the prompt outlives the page', () => {
  const kept = new Map<string, string>();
  const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  const seen = new Seen(store, 's:');
  const mirror = new Mirror(text => seen.vanished(text));
  mirror.reset([cell('a', 'the task')]);
  seen.opened('p', mirror);
  mirror.edit('a', [[8, 0, ' and an answer']]);
  const length = mirror.textOf('a')!.length;
  Array.from({ length }, (_, at) => mirror.edit('a', [[length - 1 - at, 1, '']]));
  assert.deepEqual(seen.lookUp('an answer'), ['cell']);
  assert.deepEqual(seen.lookUp('the task'), ['cell', 'prompt']);
  seen.shown([{ output_type: 'display_data', data: { 'text/html': '<td>1</td><td>a &amp; b</td>' } }]);
  assert.deepEqual(seen.lookUp('1\ta & b'), ['output']);
  seen.shown([{ output_type: 'display_data', data: { 'image/png': 'p'.repeat(5_000_000), 'text/plain': '<Figure>' } }]);
  assert.deepEqual(seen.lookUp('<Figure>'), ['output']);
  seen.shown([{ output_type: 'error', ename: 'E', evalue: 'v', traceback: ['\u001b[31mline 1\u001b[0m'] }]);
  assert.deepEqual(seen.lookUp('line 1'), ['output']);
  seen.copied('a headline');
  assert.deepEqual(seen.lookUp('headline'), ['copied']);
  assert.deepEqual(seen.lookUp('never'), []);
  const later = new Seen(store, 's:');
  const reopened = new Mirror(() => undefined);
  reopened.reset([cell('a', 'my own work')]);
  later.opened('p', reopened);
  assert.deepEqual(later.lookUp('the task'), ['prompt']);
  assert.deepEqual(later.lookUp('own work'), ['cell']);
});

test('correcting slips costs no memory, and an edit does not copy the other cells', () => {
  const vanished: string[] = [];
  const mirror = new Mirror(text => vanished.push(text));
  mirror.reset(Array.from({ length: 200 }, (_, index) => cell(`c${index}`, 'x'.repeat(2_000))));
  const others = [...mirror.cells];
  for (let round = 0; round < 1_000; round += 1) {
    mirror.edit('c7', [[5, 0, 'y']]);
    mirror.edit('c7', [[5, 1, '']]);
  }
  assert.deepEqual(vanished, []);
  assert.ok(mirror.cells.every((each, index) => each === others[index]));
});

test('a text file is one cell of its own', () => {
  assert.deepEqual(fileCell('text'), { id: 'file', cell_type: 'file', source: 'text' });
});

test("a notebook's file shown as text is claimed no more than the replay keeps it: not in capitals either", () => {
  const desk = new Desk([]);
  const isShadow = (path: string): boolean => new DocumentRecord(desk, 'file', path, () => [fileCell('{}')]).isShadow;
  assert.deepEqual(['a.ipynb', 'A.IPYNB', 'a.ipynb.txt', 'notes.txt'].map(isShadow), [true, true, false, false]);
  assert.equal(desk.record.isShadow, false);
});

test('what was put around a method is taken off again, and a missing method is left alone', () => {
  class Maker {
    make(what: string): string {
      return `made ${what}`;
    }
  }
  const maker = new Maker();
  const taken = around(Maker.prototype, 'make', (call, self, args) => `${String(call())} by ${self === maker} ${args.length}`);
  assert.equal(maker.make('it'), 'made it by true 1');
  taken.dispose();
  assert.equal(maker.make('it'), 'made it');
  const own = around(maker, 'make', () => 'ours');
  const later = around(maker, 'make', call => `later ${String(call())}`);
  own.dispose();
  assert.equal(maker.make('it'), 'later made it');
  later.dispose();
  around(maker, 'missing', () => undefined).dispose();
});
