/** Draws the whole sitting as tracks over time: typing by source, runs, focus, and marks. A click seeks. */
import { clockText, element, vector } from "./dom.js";
import { describeEvent } from "./describe.js";

const BINS = 300;
const WIDTH = 1000;
const HEIGHT = 40;
const SOURCE_GROUPS = [
  ["type", "typed"],
  ["paste", "pasted"],
  ["complete", "completion"],
  ["undo", "undo, redo, cut"],
  ["programmatic", "program or unknown"],
];
const GROUP_OF = { cut: "undo", redo: "undo", unknown: "programmatic" };

function scale(durationMs) {
  return (ms) => (durationMs > 0 ? (ms / durationMs) * WIDTH : 0);
}

/** Sum inserted and deleted units per time slice and group of sources. */
export function typingBins(records, durationMs) {
  const bins = Array.from({ length: BINS }, () => ({}));
  for (const { ms, event } of records) {
    if (event.type !== "edit") continue;
    const bin = bins[Math.min(BINS - 1, Math.floor((ms / (durationMs || 1)) * BINS))];
    const group = GROUP_OF[event.source] ?? event.source;
    bin[group] = (bin[group] ?? 0) + event.ops.reduce((sum, op) => sum + op[1] + op[2].length, 0);
  }
  return bins;
}

/** Return the spans [from, to] in which every page was blurred or hidden. */
export function awaySpans(records, durationMs) {
  const spans = [];
  let windows = new Map();
  let left = null;
  for (const { client, ms, event } of records) {
    if (event.type === "client_started") windows = new Map([[client, { isBlurred: false, isHidden: false }]]);
    else if (event.type === "focus") windows.set(client, afterFocus(windows.get(client), event.state));
    else continue;
    const isAway = [...windows.values()].every((page) => page.isBlurred || page.isHidden);
    if (isAway) left ??= ms;
    else if (left !== null) {
      spans.push([left, ms]);
      left = null;
    }
  }
  return left === null ? spans : [...spans, [left, durationMs]];
}

function afterFocus(page, state) {
  const isBlurred = state === "blur" || (state !== "focus" && (page?.isBlurred ?? false));
  const isHidden = state === "hidden" || (state === "blur" && (page?.isHidden ?? false));
  return { isBlurred, isHidden };
}

function typingTrack(records, durationMs) {
  const bins = typingBins(records, durationMs);
  const totals = bins.map((bin) => Object.values(bin).reduce((sum, value) => sum + value, 0));
  const top = Math.sqrt(Math.max(1, ...totals));
  const bars = bins.flatMap((bin, index) => {
    let y = HEIGHT;
    const tall = (Math.sqrt(totals[index]) / top) * HEIGHT;
    return SOURCE_GROUPS.filter(([group]) => bin[group]).map(([group]) => {
      const height = (bin[group] / totals[index]) * tall;
      y -= height;
      return vector("rect", { class: `nbr-fill-${group}`, x: (index * WIDTH) / BINS, y, width: WIDTH / BINS - 0.4, height });
    });
  });
  return track("Typing", bars, HEIGHT);
}

function runsTrack(records, x) {
  const runs = records.filter(({ event }) => event.type === "execution_finished");
  const ticks = runs.map(({ ms, event }) =>
    vector("rect", { class: event.ok ? "nbr-fill-ok" : "nbr-fill-failed", x: x(ms) - 1.5, y: event.ok ? 0 : 7, width: 3, height: 7 }),
  );
  return track("Runs", ticks, 14);
}

function focusTrack(records, durationMs, x) {
  const spans = awaySpans(records, durationMs);
  const blocks = spans.map(([from, to]) =>
    vector("rect", { class: "nbr-fill-away", x: x(from), y: 0, width: Math.max(1.5, x(to) - x(from)), height: 10 }),
  );
  return track(isFocusRecorded(records) ? "Away" : "(Away)", blocks, 10);
}

function isFocusRecorded(records) {
  return records.some(({ event }) => event.type === "focus");
}

function marksTrack(records, gaps, x) {
  const marked = records.filter(({ event }) => event.type === "client_started" || event.type === "submit_requested");
  const ticks = marked.map(({ ms, event }) => {
    const title = vector("title", {}, `${clockText(ms)} ${describeEvent(event)}`);
    return vector("rect", { class: `nbr-fill-${event.type}`, x: x(ms) - 2, y: 0, width: 4, height: 12 }, title);
  });
  for (const gap of gaps) {
    const ms = records[gap.position - 1]?.ms ?? 0;
    const title = vector("title", {}, `${clockText(ms)} Gap: ${gap.reason}`);
    ticks.push(vector("rect", { class: "nbr-fill-gap", x: x(ms) - 3, y: 0, width: 6, height: 12 }, title));
  }
  return track("Marks", ticks, 12);
}

function track(name, nodes, height) {
  const drawing = vector("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", height, "aria-hidden": "true" }, ...nodes);
  return [element("span", { class: "nbr-track-name", text: name }), element("div", { class: "nbr-track" }, drawing)];
}

function legend(records, gaps) {
  const entries = [
    ...SOURCE_GROUPS,
    ["ok", "run ok (upper)"],
    ["failed", "run failed (lower)"],
    ["away", isFocusRecorded(records) ? "page not in focus" : "page not in focus: not recorded in this sitting"],
    ["client_started", "page loaded"],
    ["submit_requested", "submit"],
    ...(gaps.length ? [["gap", "gap in the recording"]] : []),
  ];
  const items = entries.map(([kind, name]) =>
    element("li", {}, vector("svg", { width: 10, height: 10, "aria-hidden": "true" }, vector("rect", { class: `nbr-fill-${kind}`, width: 10, height: 10 })), name),
  );
  return element("ul", { class: "nbr-legend", "aria-label": "Legend of the timeline" }, ...items);
}

/** The tracks with a playhead. `onSeek` gets milliseconds since the start. */
export class TimelineView {
  constructor(replay, gaps, onSeek) {
    const { records, durationMs } = replay;
    const x = scale(durationMs);
    this.durationMs = durationMs;
    this.head = element("div", { class: "nbr-playhead" });
    this.lane = element("div", { class: "nbr-lane", on: { click: (event) => onSeek(this.#msOf(event)) } }, this.head);
    const tracks = [
      ...typingTrack(records, durationMs),
      ...runsTrack(records, x),
      ...focusTrack(records, durationMs, x),
      ...marksTrack(records, gaps, x),
    ];
    this.node = element("div", { class: "nbr-timeline" }, ...tracks, this.lane);
    this.legend = legend(records, gaps);
  }

  #msOf(event) {
    const box = this.lane.getBoundingClientRect();
    return ((event.clientX - box.left) / (box.width || 1)) * this.durationMs;
  }

  /** Move the playhead. */
  update(nowMs) {
    this.head.style.left = `${this.durationMs ? Math.min(100, (nowMs / this.durationMs) * 100) : 0}%`;
  }
}
