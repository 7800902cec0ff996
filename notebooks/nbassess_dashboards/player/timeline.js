/** Draws tracks over time: typing by source, runs, focus, documents, flags and marks; missing stretches are hatched across all. A click seeks. */
import { describeEvent, counted } from "./describe.js";
import { clockText, element, spokenTime, vector } from "./dom.js";
import { SOURCE_GROUPS, awaySpans, isFocusRecorded, isIncomplete, notable, problemSpans, typingBins } from "./spans.js";

const BINS = 300;
const WIDTH = 1000;
const HEIGHT = 40;
const MARKED = { page: "client_started", submit: "submit_requested", kernel: "kernel_changed", pasted: "pasted" };

function percent(ms, durationMs) {
  return durationMs > 0 ? Math.max(0, Math.min(100, (ms / durationMs) * 100)) : 0;
}

function typingTrack(records, durationMs) {
  const bins = typingBins(records, durationMs, BINS);
  const sums = bins.map((bin) => Object.values(bin).reduce((sum, value) => sum + value, 0));
  const top = Math.sqrt(Math.max(1, ...sums));
  const bars = bins.flatMap((bin, index) => {
    let y = HEIGHT;
    const tall = (Math.sqrt(sums[index]) / top) * HEIGHT;
    return SOURCE_GROUPS.filter(([group]) => bin[group]).map(([group]) => {
      const height = (bin[group] / sums[index]) * tall;
      y -= height;
      return vector("rect", { class: `nbr-fill-${group}`, x: (index * WIDTH) / BINS, y, width: WIDTH / BINS - 0.4, height });
    });
  });
  const totals = SOURCE_GROUPS.map(([group, name]) => [bins.reduce((sum, bin) => sum + (bin[group] ?? 0), 0), name]).filter(([sum]) => sum);
  const words = totals.map(([sum, name]) => `${counted(sum, "character")} ${name}`).join(", ");
  return track("Typing", words || "nothing", drawing(bars, HEIGHT));
}

function runsTrack(rows, durationMs) {
  const runs = rows.filter(({ kind }) => kind === "run" || kind === "failed");
  const ticks = runs.map(({ ms, kind }) =>
    vector("rect", {
      class: kind === "run" ? "nbr-fill-ok" : "nbr-fill-failed",
      x: (percent(ms, durationMs) / 100) * WIDTH - 1.5,
      y: kind === "run" ? 0 : 7,
      width: 3,
      height: 7,
    }),
  );
  const failed = runs.filter(({ kind }) => kind === "failed").length;
  return track("Runs", `${counted(runs.length, "run")}, ${failed} failed`, drawing(ticks, 14));
}

function awayTrack(records, durationMs) {
  const isRecorded = isFocusRecorded(records);
  const spans = awaySpans(records, durationMs);
  const blocks = spans.map(([from, to]) => stretch("nbr-away", from, to, durationMs, `Page not in focus, ${clockText(from)} to ${clockText(to)}`));
  const sum = spans.reduce((all, [from, to]) => all + to - from, 0);
  const words = isRecorded ? `page not in focus ${counted(spans.length, "time")}, ${spokenTime(sum)} in all` : "not recorded in this sitting";
  return track(isRecorded ? "Away" : "(Away)", words, ...blocks);
}

function documentsTrack(records, durationMs) {
  const spans = problemSpans(records, durationMs);
  const paths = [...new Set(spans.map(({ path }) => path))];
  const blocks = spans.map(({ from, to, path }) => {
    const name = path.split("/").at(-1);
    return stretch(`nbr-worked nbr-worked-${paths.indexOf(path) % 2}`, from, to, durationMs, `${path}, ${clockText(from)} to ${clockText(to)}`, name);
  });
  const sums = paths.map((path) => [path, spans.filter((span) => span.path === path).reduce((sum, { from, to }) => sum + to - from, 0)]);
  return track("Worked on", sums.map(([path, ms]) => `${path} ${spokenTime(ms)}`).join("; ") || "nothing", ...blocks);
}

function flagsTrack(flags, durationMs) {
  const ticks = flags.map((flag) => stretch("nbr-flag", flag.from_ms, flag.from_ms, durationMs, flag.text));
  return track("Flags", flags.length ? flags.map(({ text }) => text).join(" ") : "No flags", ...ticks);
}

function marksTrack(rows, durationMs) {
  const marks = rows.filter(({ kind, event }) => event && MARKED[kind] === event.type);
  const ticks = marks.map(({ ms, event }) => stretch(`nbr-tick nbr-tick-${event.type}`, ms, ms, durationMs, `${clockText(ms)} ${describeEvent(event)}`));
  return track("Marks", marks.slice(0, 30).map(({ ms, event }) => `${spokenTime(ms)}: ${describeEvent(event)}`).join("; ") || "none", ...ticks);
}

function drawing(nodes, height) {
  return vector("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", height, "aria-hidden": "true" }, ...nodes);
}

function stretch(kind, from, to, durationMs, title, text = "") {
  const left = percent(from, durationMs);
  const style = `left:${left}%;width:${Math.max(0, percent(to, durationMs) - left)}%`;
  return element("span", { class: `nbr-block ${kind}`, style, title, text });
}

function track(name, words, ...nodes) {
  const lane = element("div", { class: `nbr-track nbr-track-${name.replace(/\W/g, "")}`, role: "img", "aria-label": `${name}: ${words}` }, ...nodes);
  return [element("span", { class: "nbr-track-name", "aria-hidden": "true", text: name }), lane];
}

function legend(records, flags) {
  const entries = [
    ...SOURCE_GROUPS,
    ["ok", "run ok (upper)"],
    ["failed", "run failed (lower)"],
    ["away", isFocusRecorded(records) ? "page not in focus" : "page not in focus: not recorded in this sitting"],
    ["client_started", "page loaded"],
    ["kernel_changed", "kernel"],
    ["pasted", "paste"],
    ["submit_requested", "submit"],
  ];
  const swatch = (kind) => vector("svg", { width: 10, height: 10, "aria-hidden": "true" }, vector("rect", { class: `nbr-fill-${kind}`, width: 10, height: 10 }));
  const items = entries.map(([kind, name]) => element("li", {}, swatch(kind), name));
  if (flags.some(isIncomplete)) items.push(element("li", {}, element("span", { class: "nbr-hatch nbr-swatch" }), "record incomplete"));
  return items;
}

/** The tracks with a playhead. `onSeek` gets milliseconds since the start. */
export class TimelineView {
  constructor(replay, onSeek) {
    this.replay = replay;
    this.head = element("div", { class: "nbr-playhead" });
    this.spans = element("div", { class: "nbr-spans" });
    this.marks = element("div", { class: "nbr-spans" });
    this.lane = element("div", { class: "nbr-lane", on: { click: (event) => onSeek(this.#msOf(event)) } }, this.spans, this.marks, this.head);
    this.node = element("div", { class: "nbr-timeline", role: "group", "aria-label": "Timeline; the list of moments below holds the same" });
    this.legend = element("ul", { class: "nbr-legend", "aria-label": "Legend of the timeline" });
  }

  /** Draw everything that depends on the records, which may have grown, and on the flags. */
  draw(flags) {
    const { records, durationMs } = this.replay;
    const rows = notable(records, flags);
    this.durationMs = durationMs;
    this.node.replaceChildren(
      ...typingTrack(records, durationMs),
      ...runsTrack(rows, durationMs),
      ...awayTrack(records, durationMs),
      ...documentsTrack(records, durationMs),
      ...flagsTrack(flags, durationMs),
      ...marksTrack(rows, durationMs),
      this.lane,
    );
    const holes = flags.filter(isIncomplete).map((flag) => {
      const times = `incomplete ${clockText(flag.from_ms)} to ${clockText(flag.to_ms)}`;
      const node = stretch("nbr-hatch", flag.from_ms, flag.to_ms, durationMs, flag.text);
      node.append(element("span", { class: "nbr-hatch-name", "aria-hidden": "true", text: times }));
      return node;
    });
    this.spans.replaceChildren(...holes);
    this.legend.replaceChildren(...legend(records, flags));
  }

  #msOf(event) {
    const box = this.lane.getBoundingClientRect();
    return ((event.clientX - box.left) / (box.width || 1)) * this.durationMs;
  }

  /** Move the playhead, and the marks A and B: {A: ms, B: ms}, each of which may be missing. */
  update(nowMs, marks) {
    this.head.style.left = `${percent(nowMs, this.durationMs)}%`;
    const shown = Object.entries(marks).filter(([, ms]) => ms !== null);
    const labels = shown.map(([name, ms]) => element("span", { class: "nbr-ab", style: `left:${percent(ms, this.durationMs)}%`, text: name }));
    this.marks.replaceChildren(...labels);
  }
}
