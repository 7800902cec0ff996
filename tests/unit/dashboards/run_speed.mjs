// Measures the engine over a synthetic recording of 50,000 edits in two hours; the argument is the folder of the dashboards package.
// Processor time, not time on the wall: a busy machine must not decide. Answers {loadMs, seekMs, worstMs, searchMs}.
import { pathToFileURL } from "node:url";

const at = (path) => import(pathToFileURL(`${process.argv[2]}/${path}`).href);
const { Replay } = await at("player/engine.js");
const { Search } = await at("player/search.js");
const EDITS = 50_000;
const SEEKS = 400;

let seed = 7;
const below = (limit) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed % limit;
};

function recording() {
  const cells = Array.from({ length: 30 }, (_, index) => ({ id: `c${index}`, cell_type: "code", source: "value = compute(rows)\n".repeat(20) }));
  const lengths = new Map(cells.map((cell) => [cell.id, cell.source.length]));
  const records = [{ client: "a", ms: 0, event: { type: "notebook_opened", path: "p", cells } }];
  for (let index = 1; index <= EDITS; index += 1) {
    const cell = `c${below(30)}`;
    const position = below(lengths.get(cell) + 1);
    lengths.set(cell, lengths.get(cell) + 1);
    const ms = Math.round((index * 7_200_000) / EDITS);
    records.push({ client: "a", ms, event: { type: "edit", path: "p", cell, source: "type", ops: [[position, 0, "e"]] } });
  }
  return records;
}

function taken(work) {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

const packed = JSON.stringify(recording());
let replay = null;
const loadMs = taken(() => {
  replay = new Replay(JSON.parse(packed));
});
const seeks = Array.from({ length: SEEKS }, () => {
  const position = below(EDITS + 2);
  return taken(() => replay.stateAt(position).byClient.get("a\u0000p").cells.forEach((cell) => cell.source.charCodeAt(0)));
}).sort((a, b) => a - b);
const searchMs = taken(() => new Search(replay).find("eee", 0, 1));
console.log(JSON.stringify({ loadMs, seekMs: seeks[SEEKS / 2], worstMs: seeks.at(-1), searchMs }));
