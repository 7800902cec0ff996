/** The timeline as a table: everything worth a look, row by row, for readers who do not use the picture. */
import { describeEvent } from "./describe.js";
import { clockText, element, spokenTime } from "./dom.js";
import { MINUTE_MS, SOURCE_GROUPS, awaySpans, notable, problemSpans, typingBins } from "./spans.js";

const KINDS = [
  ["all", "everything"],
  ["flag", "flags"],
  ["run", "runs without error"],
  ["failed", "failed runs"],
  ["pasted", "pastes and drops"],
  ["kernel", "kernel"],
  ["away", "page not in focus"],
  ["opened", "documents opened"],
  ["page", "pages loaded"],
  ["submit", "submit"],
];
const MOST_ROWS = 500;

function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col", text })));
  return element("table", { class: "nbr-table" }, element("caption", { text: caption }), element("thead", {}, head), element("tbody", {}, ...rows));
}

/** Return one row per five minutes: {fromMs, sums by group, runs, failed, awayMs, paths, flags}. */
export function slices(records, flags, durationMs, stepMs = 5 * MINUTE_MS) {
  const count = Math.max(1, Math.ceil((durationMs + 1) / stepMs));
  const bins = typingBins(records, count * stepMs, count);
  const away = awaySpans(records, durationMs);
  const worked = problemSpans(records, durationMs);
  const finished = records.filter(({ event }) => event.type === "execution_finished");
  return bins.map((sums, index) => {
    const from = index * stepMs;
    const isIn = (ms) => ms >= from && ms < from + stepMs;
    const runs = finished.filter(({ ms }) => isIn(ms));
    const overlap = (low, high) => Math.max(0, Math.min(high, from + stepMs) - Math.max(low, from));
    return {
      fromMs: from,
      sums,
      runs: runs.length,
      failed: runs.filter(({ event }) => !event.ok).length,
      awayMs: away.reduce((sum, [low, high]) => sum + overlap(low, high), 0),
      paths: [...new Set(worked.filter((span) => overlap(span.from, span.to) > 0).map(({ path }) => path))],
      flags: flags.filter((flag) => overlap(flag.from_ms, Math.max(flag.to_ms, flag.from_ms + 1)) > 0).length,
    };
  });
}

/** A part that is closed at first and filled when it is opened. `onSeek` gets a position. */
export class MomentsView {
  constructor(replay, onSeek) {
    this.replay = replay;
    this.onSeek = onSeek;
    this.flags = [];
    this.kind = "all";
    const options = KINDS.map(([value, text]) => element("option", { value, text }));
    this.choice = element("select", { "aria-label": "Show moments of", on: { change: () => this.#choose() } }, ...options);
    this.body = element("div", { class: "nbr-scroll", tabindex: "0", role: "region", "aria-label": "Timeline as tables" });
    const summary = element("summary", { text: "Timeline as a table, moments as a list" });
    this.node = element("details", { class: "nbr-moments", on: { toggle: () => this.#draw() } }, summary, element("label", {}, "Show ", this.choice), this.body);
  }

  /** Open or close it. */
  toggle() {
    this.node.open = !this.node.open;
    if (this.node.open) this.choice.focus();
  }

  #choose() {
    this.kind = this.choice.value;
    this.#draw();
  }

  /** Take what may have changed since the last drawing. */
  refresh(flags) {
    this.flags = flags;
    this.#draw();
  }

  #draw() {
    if (!this.node.open) return;
    const rows = notable(this.replay.records, this.flags).filter(({ kind }) => this.kind === "all" || kind === this.kind);
    this.body.replaceChildren(this.#slices(), this.#list(rows));
  }

  #slices() {
    const { records, durationMs } = this.replay;
    const names = SOURCE_GROUPS.map(([, name]) => name);
    const rows = slices(records, this.flags, durationMs).map((slice) => {
      const typed = SOURCE_GROUPS.map(([group]) => String(slice.sums[group] ?? 0));
      const away = slice.awayMs ? spokenTime(slice.awayMs) : "–";
      const cells = [...typed, String(slice.runs), String(slice.failed), away, slice.paths.join(", ") || "–", String(slice.flags)];
      const start = element("th", { scope: "row" }, this.#go(slice.fromMs, this.replay.positionAt(slice.fromMs)));
      return element("tr", {}, start, ...cells.map((text) => element("td", { text })));
    });
    const heads = ["From", ...names.map((name) => `Characters ${name}`), "Runs", "of these failed", "Away", "Worked on", "Flags"];
    return table("Five minutes in each row", heads, rows);
  }

  #list(found) {
    const rows = found.slice(0, MOST_ROWS).map(({ ms, position, kind, event, flag }) => {
      const name = KINDS.find(([value]) => value === kind)?.[1] ?? kind;
      const text = flag ? flag.text : describeEvent(event);
      return element("tr", {}, element("th", { scope: "row" }, this.#go(ms, position)), element("td", { text: name }), element("td", { text }));
    });
    if (!rows.length) rows.push(element("tr", {}, element("td", { colspan: 3, text: this.kind === "flag" ? "No flags" : "None" })));
    const rest = found.length > MOST_ROWS ? ` (the first ${MOST_ROWS} of ${found.length}; choose a kind to see fewer)` : "";
    return table(`Moments${rest}`, ["Time", "Kind", "What happened"], rows);
  }

  #go(ms, position) {
    return element("button", { type: "button", class: "nbr-go", "aria-label": `Go to ${spokenTime(ms)}`, text: clockText(ms), on: { click: () => this.onSeek(position) } });
  }
}
