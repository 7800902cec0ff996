/**
 * The replay widget: puts the engine, the playback and the views together, and keeps the page in step with the playback.
 *
 * Data comes once, as gzipped JSON in the trait `payload`; everything else happens in the browser. The trait `position` goes both ways:
 * Python may set it to seek; it follows whenever the playback pauses.
 */
import { Controls } from "./controls.js";
import { describeEvent } from "./describe.js";
import { clockText, element, spokenTime } from "./dom.js";
import { Replay, currentDocuments, unpackRecords } from "./engine.js";
import { NotebookView } from "./notebook.js";
import { Playback } from "./playback.js";
import { TimelineView } from "./timeline.js";

const TRACE_MS = 2500;

async function readPayload(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** What a person does in a notebook. Autosaves and late results come from notebooks that nobody looks at. */
const WORK = new Set(["notebook_opened", "edit", "cells_changed", "execution_started", "active_cell"]);

class Player {
  constructor(payload) {
    this.payload = payload;
    this.replay = new Replay(unpackRecords(payload));
    this.playback = new Playback(this.replay, () => this.draw());
    this.controls = new Controls(this.playback, (text) => this.#find(text));
    this.timeline = new TimelineView(this.replay, payload.gaps, (ms) => this.playback.seekMs(ms));
    this.notebook = new NotebookView();
    this.path = "";
    this.followed = 0;
    this.onSettled = () => {};
    this.#build();
  }

  #build() {
    this.clock = element("span", { class: "nbr-clock" });
    this.caption = element("span", { class: "nbr-caption" });
    this.live = element("p", { class: "nbr-spoken", role: "status", "aria-live": "polite" });
    this.tabs = element("div", { class: "nbr-tabs", role: "tablist", "aria-label": "Notebooks" });
    this.stage = element("div", { class: "nbr-stage", role: "tabpanel", tabindex: "0", "aria-label": "Notebook as it was" }, this.notebook.node);
    this.node = element(
      "section",
      { class: "nbr", "aria-label": this.#name(), tabindex: "0", "data-lm-suppress-shortcuts": "true", on: { keydown: (event) => this.#key(event) } },
      this.#header(),
      this.controls.node,
      this.timeline.node,
      this.controls.slider,
      this.timeline.legend,
      element("p", { class: "nbr-status" }, this.clock, this.caption),
      this.live,
      this.tabs,
      this.stage,
      Controls.help(),
    );
  }

  #name() {
    const { candidate, is_synthetic: isSynthetic } = this.payload;
    return `Replay of the sitting of ${candidate}${isSynthetic ? " (synthetic)" : ""}`;
  }

  #header() {
    const { gaps, is_synthetic: isSynthetic } = this.payload;
    const parts = [element("strong", { text: this.#name() })];
    if (isSynthetic) parts.push(element("span", { class: "nbr-badge", text: "Synthetic data" }));
    const holes = gaps.length ? `${gaps.length} gap${gaps.length === 1 ? "" : "s"} in the recording` : "no gaps";
    parts.push(element("span", { class: gaps.length ? "nbr-holes" : "nbr-quiet", text: `${this.replay.length} events, ${holes}` }));
    return element("header", { class: "nbr-header" }, ...parts);
  }

  #key(event) {
    event.stopPropagation();
    const isSlider = event.target === this.controls.slider && /^(Arrow|Home|End|Page)/.test(event.key);
    const isWidget = event.target.closest("input:not([type=range]), select, summary, button") && !/^(Arrow|\[|\])/.test(event.key);
    const isText = event.target.closest("input[type=search], select");
    const isTab = event.target.closest("[role=tab]") && event.key.startsWith("Arrow");
    if (isSlider || isWidget || isText || isTab) return;
    if (this.controls.press(event)) event.preventDefault();
  }

  #find(text) {
    const found = this.replay.findText(this.playback.position, text);
    if (found !== null) this.playback.seek(found);
    else this.live.textContent = `No later moment at which “${text}” appears.`;
    this.live.classList.toggle("nbr-shown", found === null);
  }

  /** Draw the current position. */
  draw() {
    const { playback, replay } = this;
    const state = replay.stateAt(playback.position);
    const event = playback.position ? replay.records[playback.position - 1].event : null;
    this.#follow(state);
    const documents = currentDocuments(state);
    const document = documents.find(({ path }) => path === this.path) ?? documents.at(-1);
    this.#drawTabs(documents, document);
    this.#drawNotebook(document, state);
    this.#drawStatus(event);
    this.node.dataset.position = String(playback.position);
    this.node.dataset.playing = String(playback.isPlaying);
    if (!playback.isPlaying) this.onSettled(playback.position);
  }

  /** Show the notebook that was worked on last; one chosen by hand stays until something happens in a notebook. */
  #follow(state) {
    const { position } = this.playback;
    const isStep = Math.abs(position - this.followed) <= 1;
    this.followed = position;
    for (let at = position; at > 0; at -= 1) {
      const { type, path } = this.replay.records[at - 1].event;
      if (WORK.has(type) && state.currentClient.has(path)) {
        this.path = path;
        return;
      }
      if (isStep) return;
    }
  }

  #drawNotebook(document, state) {
    this.notebook.node.hidden = !document;
    if (!document) return;
    const target = this.notebook.update(document, state, this.#latestEdit(document.path));
    if (target && target !== this.lookedAt) this.#lookAt(target);
    this.lookedAt = target;
  }

  #latestEdit(path) {
    const { replay, playback } = this;
    const at = replay.findEvent(playback.position + 1, -1, ["edit", "cells_changed", "notebook_opened"]);
    if (at === null) return null;
    const isRecent = at === playback.position || replay.msAt(playback.position) - replay.msAt(at) < TRACE_MS;
    const { event } = replay.records[at - 1];
    return isRecent && event.type === "edit" && event.path === path ? event : null;
  }

  #lookAt(target) {
    const top = target.offsetTop - this.stage.offsetTop;
    const isAbove = top < this.stage.scrollTop;
    const isBelow = top + Math.min(target.offsetHeight, 120) > this.stage.scrollTop + this.stage.clientHeight;
    if (isAbove || isBelow) this.stage.scrollTop = Math.max(0, top - 24);
  }

  #drawTabs(documents, shown) {
    const key = JSON.stringify([documents.map(({ path }) => path), shown?.path]);
    if (key === this.tabsKey) return;
    this.tabsKey = key;
    const tabs = documents.map(({ path }) => {
      const isSelected = path === shown.path;
      const attributes = { role: "tab", type: "button", class: "nbr-tab", "aria-selected": String(isSelected), tabindex: isSelected ? 0 : -1, text: path };
      return element("button", { ...attributes, on: { click: () => this.#open(path), keydown: (event) => this.#moveTab(event, documents, path) } });
    });
    const hadFocus = this.tabs.contains(globalThis.document.activeElement);
    this.tabs.replaceChildren(...tabs);
    if (hadFocus) this.tabs.querySelector("[aria-selected=true]")?.focus();
  }

  #moveTab(event, documents, path) {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!direction) return;
    const index = documents.findIndex((document) => document.path === path) + direction;
    if (documents[index]) this.#open(documents[index].path);
  }

  #open(path) {
    this.path = path;
    this.draw();
  }

  #drawStatus(event) {
    const { playback, replay } = this;
    const sentence = event ? describeEvent(event) : replay.length ? "Before the first event" : "Nothing was recorded in this sitting";
    const skipped = playback.skippedMs > 1000 ? ` · skipped ${spokenTime(playback.skippedMs)} without events` : "";
    this.clock.textContent = `${clockText(playback.nowMs)} / ${clockText(replay.durationMs)} · event ${playback.position} of ${replay.length}`;
    this.caption.textContent = sentence + skipped;
    this.controls.update(`${spokenTime(playback.nowMs)}, ${sentence}`);
    this.timeline.update(playback.nowMs);
    this.live.classList.remove("nbr-shown");
    this.live.textContent = playback.isPlaying ? "" : `${spokenTime(playback.nowMs)}: ${sentence}`;
  }
}

function animate(player) {
  let last = null;
  let frame = 0;
  const step = (now) => {
    player.playback.tick(last === null ? 0 : Math.min(250, now - last));
    last = player.playback.isPlaying ? now : null;
    frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}

async function render({ model, el }) {
  el.replaceChildren(element("p", { class: "nbr-loading", role: "status", text: "Loading the recording …" }));
  const player = new Player(await readPayload(model.get("payload")));
  el.replaceChildren(player.node);
  player.playback.seek(model.get("position"));
  player.onSettled = (position) => {
    if (position === model.get("position")) return;
    model.set("position", position);
    model.save_changes();
  };
  const onPosition = () => {
    if (model.get("position") !== player.playback.position) player.playback.seek(model.get("position"));
  };
  model.on("change:position", onPosition);
  const stop = animate(player);
  return () => {
    stop();
    model.off("change:position", onPosition);
  };
}

export default { render };
