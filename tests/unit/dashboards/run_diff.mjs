// Checks comparing and following with node:assert; the argument is the folder of the dashboards package.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const at = (path) => import(pathToFileURL(`${process.argv[2]}/${path}`).href);
const { compareDocuments, difference, lineDifference, wordDifference } = await at("player/diff.js");
const { ASK_EVERY_MS, LiveFeed } = await at("player/live.js");
const { Replay } = await at("player/engine.js");

function longestCommon(before, after) {
  const best = Array.from({ length: before.length + 1 }, () => new Array(after.length + 1).fill(0));
  before.forEach((item, i) => {
    after.forEach((other, j) => {
      best[i + 1][j + 1] = item === other ? best[i][j] + 1 : Math.max(best[i][j + 1], best[i + 1][j]);
    });
  });
  return best[before.length][after.length];
}

let seed = 5;
const below = (limit) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed % limit;
};
const someItems = () => Array.from({ length: below(10) }, () => "abc"[below(3)]);
for (let turn = 0; turn < 5000; turn += 1) {
  const [before, after] = [someItems(), someItems()];
  const script = difference(before, after);
  const only = (sign) => script.filter(([kind]) => kind !== sign).map(([, item]) => item);
  assert.deepEqual(only("+"), before);
  assert.deepEqual(only("-"), after);
  assert.equal(script.filter(([kind]) => kind === " ").length, longestCommon(before, after), "the shortest script");
}
const [far, away] = ["x", "y"].map((letter) => Array.from({ length: 5000 }, (_, index) => letter + index));
assert.equal(difference(far, away).length, 10000);
assert.deepEqual(lineDifference("", "a\nb"), [["+", "a"], ["+", "b"]]);
assert.deepEqual(wordDifference("total.sum()", "total.mean()"), [[" ", "total."], ["-", "sum"], ["+", "mean"], [" ", "()"]]);

const cell = (id, source, type = "code") => ({ id, cell_type: type, source });
const [compared, gone] = compareDocuments(
  [{ path: "p", cells: [cell("a", "1"), cell("b", "2"), cell("c", "3"), cell("d", "4")] }, { path: "q", cells: [] }],
  [{ path: "p", cells: [cell("c", "3"), cell("a", "1"), cell("b", "2", "markdown"), cell("e", "5")] }],
);
const status = Object.fromEntries(compared.cells.map((row) => [row.id, row.status]));
assert.deepEqual(status, { a: "same", b: "changed", c: "moved", d: "removed", e: "added" });
assert.deepEqual([compared.status, gone.status], ["changed", "removed"]);

const event = { type: "heartbeat", wall_ms: 1 };
const answer = (after, count, more = {}) => ({ kind: "records", after, clients: ["a"], records: Array.from({ length: count }, (_, at) => [0, after + at, event]), is_running: true, ...more });
const asked = [];
const feed = new LiveFeed(new Replay([{ client: "a", ms: 0, event }]), true, (question) => asked.push(question));
feed.tick(0, false);
assert.deepEqual(asked, [], "nobody looks");
feed.tick(1, true);
feed.tick(1 + ASK_EVERY_MS, true);
assert.deepEqual(asked, [{ kind: "more", after: 1 }], "one question at a time");
assert.equal(feed.status(500, true, 0).text, "Going live …");
assert.equal(feed.receive(answer(1, 3), 900), 3);
assert.equal(feed.receive(answer(1, 3), 901), 0, "what another view asked for is taken once");
assert.equal(feed.receive(answer(9, 1), 902), 0, "a hole is not filled by guessing");
assert.equal(feed.replay.length, 4);
assert.deepEqual(feed.status(1000, true, 0), { state: "live", text: "Live" });
assert.deepEqual(feed.status(1000, false, 30000), { state: "behind", text: "Not live, 30 s behind" });
feed.tick(2000, true);
feed.receive({ kind: "away", text: "The service does not answer" }, 2100);
assert.equal(feed.status(2200, true, 0).state, "away");
feed.tick(2800, true);
assert.equal(asked.length, 3, "it goes on asking by itself");
feed.tick(12000, true);
assert.match(feed.status(12000, true, 0).text, /no answer from its kernel/);
assert.equal(asked.length, 4, "a lost question is asked again");
feed.receive(answer(4, 1, { is_running: false }), 12100);
assert.equal(feed.status(12100, true, 0).state, "ended");
feed.tick(20000, true);
assert.equal(asked.length, 4, "nothing is asked after the end");
console.log("ok");
