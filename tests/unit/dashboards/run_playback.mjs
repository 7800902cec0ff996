// Checks the parts of the player that know no page, with node:assert; the argument is the folder of the dashboards package.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const at = (path) => import(pathToFileURL(`${process.argv[2]}/${path}`).href);
const { Replay } = await at("player/engine.js");
const { Playback } = await at("player/playback.js");
const { insertedRanges, markedPieces, pythonPieces } = await at("player/highlight.js");
const { withoutAnsi } = await at("player/outputs.js");
const { describeEvent } = await at("player/describe.js");
const { awaySpans, incompleteAt, notable, problemSpans, typingBins } = await at("player/spans.js");
const { Search, appearances } = await at("player/search.js");
const { readTime } = await at("player/dom.js");
const { momentLink, wantedMoment } = await at("player/address.js");
const { SHORTCUTS, actionOf } = await at("player/shortcuts.js");
const { Announcer, digest } = await at("player/announce.js");
const { slices } = await at("player/moments.js");

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
  "the recorder's signs of life do not end a pause"() {
    const beats = [5, 10, 15, 20].map((second) => ({ client: "a", ms: second * 1000, event: { type: "heartbeat", wall_ms: 1 } }));
    const playback = new Playback(new Replay([opened, edit(1000, "a"), ...beats, edit(60000, "b")], 2), () => {});
    playback.speed = 1;
    playback.seekMs(2000);
    playback.play();
    playback.tick(400);
    assert.ok(playback.nowMs > 59000, String(playback.nowMs));
  },
  "steps go by flag, and stay where there is none"() {
    const playback = player();
    playback.flags = [{ from_position: 4 }, { from_position: 2 }];
    assert.equal(playback.stepFlag(1).from_position, 2);
    assert.equal(playback.stepFlag(1).from_position, 4);
    assert.equal(playback.stepFlag(1), null);
    assert.equal(playback.position, 4);
    assert.equal(playback.stepFlag(-1).from_position, 2);
  },
  "following stays at the end while records come, until another moment is asked for"() {
    const playback = player();
    playback.follow();
    playback.replay.append([edit(62000, "x")]);
    playback.extended();
    assert.deepEqual([playback.position, playback.nowMs, playback.isFollowing], [7, 62000, true]);
    playback.seekMs(1000);
    playback.replay.append([edit(63000, "y")]);
    playback.extended();
    assert.deepEqual([playback.position, playback.isFollowing], [2, false]);
  },
  "a text is found where it appears, forwards, backwards and first, not where it still stands"() {
    const search = new Search(new Replay(records, 2));
    const positions = (text, from, direction) => search.find(text, from, direction).hit?.position ?? null;
    assert.equal(positions("bb", 0, 1), 3);
    assert.equal(positions("bb", 3, 1), null);
    assert.equal(positions("bb", 6, -1), 3);
    assert.equal(positions("bb", 3, -1), null);
    assert.equal(positions("bb", 5, 0), 3);
    assert.deepEqual(search.find("a", 0, 1), { hit: { position: 2, path: "p", cell: "c" }, index: 0, count: 1 });
  },
  "a text that stood for one state only is found, in any document"() {
    const other = { client: "a", ms: 0, event: { type: "file_opened", path: "q.txt", text: "" } };
    const inFile = (ops) => ({ client: "a", ms: 1, event: { type: "edit", path: "q.txt", cell: "file", source: "type", ops } });
    const found = appearances([opened, other, inFile([[0, 0, "needle"]]), inFile([[0, 6, ""]]), edit(2, "needle")], "needle");
    assert.deepEqual(found.map(({ position, path }) => [position, path]), [[3, "q.txt"], [5, "p"]]);
  },
  "a text that another page's copy does not hold is not found anew when the first page goes on"() {
    const inPage = (client, event) => ({ client, ms: 1, event: { path: "p", ...event } });
    const fresh = { type: "notebook_opened", cells: [{ id: "c", cell_type: "code", source: "" }] };
    const typed = (text) => ({ type: "edit", cell: "c", source: "type", ops: [[0, 0, text]] });
    const story = [opened, edit(1, "needle"), inPage("b", fresh), inPage("b", typed("x")), edit(2, "y"), inPage("b", typed("needle"))];
    assert.deepEqual(appearances(story, "needle").map(({ position }) => position), [2, 6]);
  },
  "more records make a search look again"() {
    const replay = new Replay(records, 2);
    const search = new Search(replay);
    assert.equal(search.find("late", 0, 1).hit, null);
    replay.append([edit(62000, "late")]);
    assert.equal(search.find("late", 0, 1).hit.position, 7);
  },
  "coloured pieces always add up to the source"() {
    for (const source of ["", "def f(x):\n  return 'a' # b\n", "'''open", "x = \"\\\"q\\\"\" + r'z'", "@dec\n%%time\n1_000.5e-3", "f\"{a}\" 'unclosed\nnext"]) {
      assert.equal(pythonPieces(source).map(([text]) => text).join(""), source);
      assert.equal(markedPieces(pythonPieces(source), [[1, 3, "m"], [2, 9, "n"]]).map(([text]) => text).join(""), source);
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
  "cells that were pasted count as pasted, and sources that are not known as such"() {
    const cells = { client: "a", ms: 1, event: { type: "cells_changed", path: "p", action: "paste", source: "paste", ops: [[0, 0, [{ source: "abcd" }]]] } };
    const bins = typingBins([cells, edit(1, "x", "telepathy")], 1, 1);
    assert.deepEqual(bins, [{ paste: 4, programmatic: 1 }]);
  },
  "full screen is not away"() {
    const states = ["hidden", "fullscreen", "visible", "windowed"];
    const events = states.map((state, index) => ({ client: "a", ms: index * 10, event: { type: "focus", state } }));
    assert.deepEqual(awaySpans(events, 50), [[0, 20]]);
  },
  "documents follow each other as they were worked on"() {
    const work = (ms, path) => ({ client: "a", ms, event: { type: "active_cell", path, cell: "c" } });
    assert.deepEqual(problemSpans([work(0, "p"), work(5, "p"), work(9, "q"), work(20, "p")], 30), [
      { from: 0, to: 9, path: "p" },
      { from: 9, to: 20, path: "q" },
      { from: 20, to: 30, path: "p" },
    ]);
  },
  "a missing stretch is told for its own document and for all, and only there"() {
    const flags = [
      { kind: "gap", path: "p", from_position: 2, to_position: 4, text: "p" },
      { kind: "dropped", path: "", from_position: 4, to_position: 4, text: "all" },
      { kind: "outside_change", path: "p", from_position: 3, to_position: 3, text: "whole" },
    ];
    const told = (position, path) => incompleteAt(flags, records, position, { path, client: "a", since: 1 }).map(({ text }) => text);
    assert.deepEqual([told(1, "p"), told(3, "p"), told(4, "p"), told(4, "q"), told(5, "p")], [[], ["p"], ["p", "all"], ["all"], []]);
  },
  "after a hole in a page's events its documents stay in doubt until their next snapshot"() {
    const flags = [{ kind: "gap", path: "", from_position: 3, to_position: 4, text: "hole" }];
    const isDoubted = (position, client, since) => incompleteAt(flags, records, position, { path: "p", client, since }).length === 1;
    assert.deepEqual([isDoubted(2, "a", 1), isDoubted(4, "a", 1), isDoubted(6, "a", 1)], [false, true, true]);
    assert.deepEqual([isDoubted(6, "a", 5), isDoubted(6, "b", 1)], [false, false]);
  },
  "what is worth a look is listed in order, flags among it"() {
    const flags = [{ from_position: 3, from_ms: 2000, to_ms: 2000, text: "f" }];
    const rows = notable(records, flags).map(({ kind, ms }) => [kind, ms]);
    assert.deepEqual(rows, [["opened", 0], ["flag", 2000], ["failed", 3000], ["run", 61000]]);
    const [slice] = slices(records, flags, 61000);
    assert.deepEqual([slice.sums, slice.runs, slice.failed, slice.flags, slice.paths], [{ type: 6 }, 2, 1, 1, ["p"]]);
  },
  "a paste is described by length and where it was seen before, in neutral words"() {
    const paste = { type: "pasted", path: "p", cell: "c", via: "paste", length: 12, sha256: "", seen: ["cell", "prompt"] };
    assert.equal(describeEvent(paste), "Paste of 12 characters, seen before in this sitting: an own cell, the problem's text · cell c");
    assert.match(describeEvent({ ...paste, seen: [] }), /not seen before in this sitting/);
  },
  "times of addresses are seconds or clocks, and nothing else"() {
    assert.deepEqual(["1830", "30:30", "1:02:03", "1.5", "", "abc", "1e9", "-4", null].map(readTime), [1830000, 1830000, 3723000, 1500, null, null, null, null, null]);
  },
  "a link to a moment opens the same sitting at that second, in both kinds of page"() {
    const app = { origin: "http://h", pathname: "/user/x/voila/render/dashboards/candidate.ipynb", search: "?theme=dark&sitting=old" };
    const lab = { origin: "http://h", pathname: "/user/x/lab/workspaces/auto-1/tree/dashboards/candidate.ipynb", search: "" };
    const link = (page) => momentLink(page, "/user/x/", "dashboards/candidate.ipynb", "s-1&x", 1830400);
    assert.equal(link(app), "http://h/user/x/voila/render/dashboards/candidate.ipynb?sitting=s-1%26x&theme=dark#t=1830");
    assert.equal(link(lab), "http://h/user/x/lab/tree/dashboards/candidate.ipynb?sitting=s-1%26x#t=1830");
    for (const page of [app, lab]) assert.deepEqual(wantedMoment(new URL(link(page))), { sitting: "s-1&x", ms: 1830000 });
    assert.deepEqual(wantedMoment({ search: "", hash: "#sitting=s-2&t=1:00" }), { sitting: "s-2", ms: 60000 });
  },
  "every key has one meaning, and keys with Ctrl belong to others"() {
    const keys = SHORTCUTS.map(([, key, shift]) => `${key} ${shift}`);
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(actionOf({ key: "F", shiftKey: true }), "previousFlag");
    assert.equal(actionOf({ key: "?", shiftKey: true }), "help");
    assert.equal(actionOf({ key: "c", ctrlKey: true }), null);
  },
  "a screen reader hears each step, and while time runs a digest every ten seconds"() {
    const announcer = new Announcer();
    const playback = player();
    playback.seek(3);
    announcer.note("step", 0);
    assert.equal(announcer.due(playback, false, 100), null);
    assert.equal(announcer.due(playback, false, 300), "step");
    assert.equal(announcer.due(playback, false, 600), null);
    playback.seek(6);
    assert.equal(announcer.due(playback, true, 5000), null);
    assert.equal(announcer.due(playback, true, 10400), "1 minute 1 second: 1 edit, 3 characters in; 2 runs, 1 failed");
    assert.equal(announcer.due(playback, true, 30000), null);
    assert.equal(digest(records, 0, 1), "nothing changed");
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
