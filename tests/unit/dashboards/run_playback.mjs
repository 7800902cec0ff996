// Checks the parts of the player that know no page, with node:assert; the argument is the folder of the dashboards package.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const at = (path) => import(pathToFileURL(`${process.argv[2]}/${path}`).href);
const { Replay } = await at("player/engine.js");
const { Playback } = await at("player/playback.js");
const { insertedRanges, markedPieces, pythonPieces } = await at("player/highlight.js");
const { withoutAnsi } = await at("player/outputs.js");
const { describeEvent } = await at("player/describe.js");
const { awaySpans, typingBins } = await at("player/timeline.js");

const edit = (ms, text, source = "type") => ({ client: "a", ms, event: { type: "edit", path: "p", cell: "c", source, ops: [[0, 0, text]] } });
const opened = { client: "a", ms: 0, event: { type: "notebook_opened", path: "p", cells: [{ id: "c", cell_type: "code", source: "" }] } };
const ran = (ms, ok) => ({ client: "a", ms, event: { type: "execution_finished", path: "p", cell: "c", ok, execution_count: 1, outputs: [], duration_ms: 1 } });
const records = [opened, edit(1000, "a"), edit(2000, "bb"), ran(3000, false), edit(60000, "def"), ran(61000, true)];
const player = () => new Playback(new Replay(records, 2), () => {});

const checks = {
  "time passes at the chosen speed"() {
    const playback = player();
    playback.speed = 2;
    playback.play();
    playback.tick(600);
    assert.deepEqual([playback.nowMs, playback.position], [1200, 2]);
  },
  "a long pause is skipped and said"() {
    const playback = player();
    playback.speed = 1;
    playback.seekMs(3000);
    playback.play();
    playback.tick(400);
    assert.ok(playback.nowMs > 59000 && playback.nowMs < 60000, String(playback.nowMs));
    assert.ok(playback.skippedMs > 50000);
  },
  "a long pause is played when skipping is off"() {
    const playback = player();
    playback.speed = 1;
    playback.skipsIdle = false;
    playback.seekMs(3000);
    playback.play();
    playback.tick(400);
    assert.equal(playback.nowMs, 3400);
  },
  "playing stops at the end and starts again from the beginning"() {
    const playback = player();
    playback.speed = 64;
    playback.play();
    for (let turn = 0; turn < 40 && playback.isPlaying; turn += 1) playback.tick(250);
    assert.deepEqual([playback.isPlaying, playback.position], [false, records.length]);
    playback.play();
    assert.equal(playback.position, 1);
  },
  "steps go by edit and by run, and stop at the borders"() {
    const playback = player();
    playback.stepEdit(1);
    playback.stepEdit(1);
    assert.equal(playback.position, 3);
    playback.stepRun(1);
    assert.equal(playback.position, 4);
    playback.stepRun(-1);
    assert.equal(playback.position, 0);
    playback.seek(99);
    assert.equal(playback.position, records.length);
  },
  "speeds stay within half and sixty-four"() {
    const playback = player();
    for (let turn = 0; turn < 20; turn += 1) playback.changeSpeed(1);
    assert.equal(playback.speed, 64);
    for (let turn = 0; turn < 20; turn += 1) playback.changeSpeed(-1);
    assert.equal(playback.speed, 0.5);
  },
  "nothing recorded is no error"() {
    const playback = new Playback(new Replay([]), () => {});
    playback.play();
    playback.tick(1000);
    playback.stepEdit(1);
    assert.deepEqual([playback.position, playback.isPlaying], [0, false]);
  },
  "a text is found where it appears, not where it still stands"() {
    const replay = new Replay(records, 2);
    assert.equal(replay.findText(0, "bb"), 3);
    assert.equal(replay.findText(3, "bb"), null);
  },
  "coloured pieces always add up to the source"() {
    for (const source of ["", "def f(x):\n  return 'a' # b\n", "'''open", "x = \"\\\"q\\\"\" + r'z'", "@dec\n%%time\n1_000.5e-3", "f\"{a}\" 'unclosed\nnext"]) {
      assert.equal(pythonPieces(source).map(([text]) => text).join(""), source);
      assert.equal(markedPieces(pythonPieces(source), [[1, 3], [2, 9]]).map(([text]) => text).join(""), source);
    }
    assert.deepEqual(pythonPieces("def f"), [["def", "keyword"], [" f", ""]]);
  },
  "inserted ranges follow later operations of the same edit"() {
    assert.deepEqual(insertedRanges([[0, 0, "abc"], [0, 0, "xy"]]), [[2, 5], [0, 2]]);
    assert.deepEqual(insertedRanges([[0, 0, "abc"], [1, 2, ""]]), [[0, 1]]);
  },
  "terminal escapes are taken out"() {
    assert.equal(withoutAnsi("\u001b[31mred\u001b[39m \u001b]8;;http://x\u0007link\u001b]8;;\u0007"), "red link");
  },
  "every event is described, also one of an unknown type"() {
    assert.match(describeEvent({ type: "edit", source: "paste", cell: "c", ops: [[0, 2, "abc"]] }), /^Pasted: 3 characters in, 2 characters out/);
    assert.match(describeEvent({ type: "telepathy" }), /unknown type telepathy/);
  },
  "typing is summed per source and time away runs to the end"() {
    const bins = typingBins([...records, edit(61000, "zz", "paste")], 61000);
    assert.equal(bins.reduce((sum, bin) => sum + (bin.type ?? 0), 0), 6);
    assert.equal(bins.at(-1).paste, 2);
    const away = [{ client: "a", ms: 5, event: { type: "focus", state: "hidden" } }];
    assert.deepEqual(awaySpans(away, 50), [[5, 50]]);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    check();
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    process.exitCode = 1;
  }
}
console.log(Object.keys(checks).length);
