/**
 * The replay of one sitting as an element: puts the engine, the playback and the views together, and keeps the page in step with the playback.
 *
 * Everything happens in the browser; `outside` is what is not: `send` puts a question to Python, `settled` is told where the playback rests.
 */
import { isApp, momentLink, serverBase } from "./address.js";
import { CompareView } from "./compare.js";
import { Controls } from "./controls.js";
import { currentDocuments } from "./document.js";
import { element } from "./dom.js";
import { Replay, unpackRecords } from "./engine.js";
import { LiveFeed } from "./live.js";
import { MomentsView } from "./moments.js";
import { NotebookView } from "./notebook.js";
import { OpenedView } from "./opened.js";
import { Playback } from "./playback.js";
import { Search } from "./search.js";
import { helpDialog, pressedAction } from "./shortcuts.js";
import { MINUTE_MS, incompleteAt, isWork } from "./spans.js";
import { StatusView } from "./status.js";
import { TabsView } from "./tabs.js";
import { TimelineView } from "./timeline.js";

const TRACE_MS = 2500;
const REDRAW_MS = 2000;
const TRACED = new Set(["edit", "cells_changed", "notebook_opened", "file_opened"]);

export class Player {
  constructor(payload, outside) {
    this.payload = payload;
    this.outside = outside;
    this.flags = payload.flags;
    this.replay = new Replay(unpackRecords(payload));
    this.playback = new Playback(this.replay, () => this.draw());
    this.playback.flags = this.flags;
    this.feed = new LiveFeed(this.replay, payload.is_running, (question) => outside.send(question));
    this.search = new Search(this.replay);
    this.status = new StatusView(this.playback, this.feed);
    this.actions = this.#actions();
    this.controls = new Controls(this.playback, this.actions, payload.can_open);
    this.timeline = new TimelineView(this.replay, (ms) => this.playback.seekMs(ms));
    this.moments = new MomentsView(this.replay, (position) => this.playback.seek(position));
    this.compare = new CompareView(this.replay, () => this.draw());
    this.opened = new OpenedView();
    this.notebook = new NotebookView();
    this.tabs = new TabsView(() => this.draw());
    this.followed = 0;
    this.drawnMs = 0;
    this.isStale = false;
    this.#build();
    this.#redrawTimeline();
  }

  #build() {
    this.stage = element("div", { class: "nbr-stage", role: "tabpanel", tabindex: "0", "aria-label": "Document as it was" }, this.notebook.node);
    this.help = helpDialog();
    const attributes = { class: "nbr", "aria-label": this.#name(), tabindex: "0", "data-lm-suppress-shortcuts": "true" };
    this.node = element(
      "section",
      { ...attributes, on: { keydown: (event) => this.#key(event) } },
      this.#header(),
      this.controls.node,
      this.timeline.node,
      this.controls.slider,
      this.timeline.legend,
      this.status.node,
      this.opened.node,
      this.moments.node,
      this.compare.node,
      this.tabs.node,
      this.stage,
      this.help,
    );
  }

  #name() {
    const { candidate, is_synthetic: isSynthetic } = this.payload;
    return `Replay of the sitting of ${candidate}${isSynthetic ? " (synthetic)" : ""}`;
  }

  #header() {
    const synthetic = this.payload.is_synthetic ? [element("span", { class: "nbr-badge", text: "Synthetic data" })] : [];
    return element("header", { class: "nbr-header" }, element("strong", { text: this.#name() }), this.status.badge, ...synthetic, this.status.size);
  }

  #actions() {
    const { playback } = this;
    return {
      toggle: () => playback.toggle(),
      previousEdit: () => playback.stepEdit(-1),
      nextEdit: () => playback.stepEdit(1),
      previousRun: () => playback.stepRun(-1),
      nextRun: () => playback.stepRun(1),
      previousFlag: () => this.#stepFlag(-1),
      nextFlag: () => this.#stepFlag(1),
      minuteBack: () => playback.seekMs(playback.nowMs - MINUTE_MS),
      minuteOn: () => playback.seekMs(playback.nowMs + MINUTE_MS),
      start: () => playback.seek(0),
      end: () => playback.seek(this.replay.length),
      slower: () => playback.changeSpeed(-1),
      faster: () => playback.changeSpeed(1),
      idle: () => this.controls.set("skipsIdle", !playback.skipsIdle),
      search: () => this.controls.text.focus(),
      findNext: () => this.#find(1),
      findPrevious: () => this.#find(-1),
      findFirst: () => this.#find(0),
      markA: () => this.compare.mark("A", playback.position),
      markB: () => this.compare.mark("B", playback.position),
      unmark: () => this.compare.clear(),
      copy: () => this.#copy(),
      open: () => this.#open(),
      live: () => this.#toggleLive(),
      table: () => this.moments.toggle(),
      help: () => this.help.showModal(),
    };
  }

  #key(event) {
    event.stopPropagation();
    const action = pressedAction(event);
    if (!action) return;
    event.preventDefault();
    this.actions[action]();
  }

  #find(direction) {
    const text = this.controls.text.value;
    if (!text) {
      this.controls.text.focus();
      return;
    }
    const { hit, index, count } = this.search.find(text, this.playback.position, direction);
    if (hit) {
      this.tabs.path = hit.path;
      this.playback.seek(hit.position);
    }
    this.controls.found.textContent = hit ? `${index + 1} of ${count}` : `${count} in all`;
    const which = direction < 0 ? "earlier moment" : direction > 0 ? "later moment" : "moment";
    if (!hit) this.status.tell(`No ${which} at which “${text}” appears.`);
  }

  #stepFlag(direction) {
    const flag = this.playback.stepFlag(direction);
    this.status.tell(flag ? flag.text : this.flags.length ? `No ${direction < 0 ? "earlier" : "later"} flag.` : "No flags");
  }

  #toggleLive() {
    if (this.playback.isFollowing) this.playback.pause();
    else if (this.feed.isRunning) this.playback.follow();
    else this.status.tell("The sitting has ended; there is nothing to follow.");
  }

  async #copy() {
    const { sitting, notebook } = this.payload;
    const link = momentLink(location, serverBase(), notebook, sitting, this.playback.nowMs);
    try {
      await navigator.clipboard.writeText(link);
      this.status.tell(`Link copied: ${link}`);
    } catch {
      this.status.tell(`Copy this link: ${link}`);
    }
  }

  #open() {
    if (!this.payload.can_open || !this.tabs.path) return;
    this.opened.wait();
    this.outside.send({ kind: "open", position: this.playback.position, path: this.tabs.path });
  }

  /** Take a message of Python. */
  receive(message, now) {
    if (message.kind === "opened" || message.kind === "refused") {
      this.opened.show(message, serverBase(), isApp(location));
      return;
    }
    const count = this.feed.receive(message, now);
    if (message.flags) {
      this.flags = message.flags;
      this.playback.flags = message.flags;
    }
    this.isStale ||= count > 0 || Boolean(message.flags);
    if (count) this.playback.extended();
    if (!this.feed.isRunning && this.playback.isFollowing) this.playback.seek(this.replay.length);
  }

  /** Let time pass: called once per drawn frame with the page's clock. */
  tick(elapsedMs, now) {
    const { playback } = this;
    playback.tick(elapsedMs);
    const isSeen = this.node.isConnected && this.node.getClientRects().length > 0;
    this.feed.tick(now, playback.isFollowing && isSeen);
    if (this.isStale && now - this.drawnMs > REDRAW_MS) this.#redrawTimeline(now);
    this.status.tick(now);
  }

  #redrawTimeline(now = 0) {
    this.drawnMs = now;
    this.isStale = false;
    this.timeline.draw(this.flags);
    this.moments.refresh(this.flags);
    this.status.count(this.flags);
  }

  /** Draw the current position. */
  draw() {
    const { playback, replay } = this;
    const state = replay.stateAt(playback.position);
    this.#follow(state);
    this.#drawDocument(this.tabs.update(state), state);
    this.controls.update(this.status.update(), this.feed.isRunning && !playback.isFollowing);
    this.timeline.update(playback.nowMs, this.compare.times());
    if (!playback.isPlaying) this.compare.update(playback.position, (position) => currentDocuments(replay.stateAt(position)));
    this.node.dataset.position = String(playback.position);
    this.node.dataset.playing = String(playback.isPlaying);
    if (!playback.isPlaying && !playback.isFollowing) this.outside.settled(playback.position);
  }

  /** Show the document that was worked on last; one chosen by hand stays until something happens in a document. */
  #follow(state) {
    const { position } = this.playback;
    const isStep = Math.abs(position - this.followed) <= 1;
    if (position === this.followed) return;
    this.followed = position;
    for (let at = position; at > 0; at -= 1) {
      const { event } = this.replay.records[at - 1];
      if (isWork(event) && state.currentClient.has(event.path)) {
        this.tabs.path = event.path;
        return;
      }
      if (isStep) return;
    }
  }

  #drawDocument(document, state) {
    this.notebook.node.hidden = !document;
    if (!document) return;
    const holes = incompleteAt(this.flags, this.replay.records, this.playback.position, document).map(({ text }) => text);
    const target = this.notebook.update(document, state, this.#latestEdit(document.path), holes);
    if (target && target !== this.lookedAt) this.#lookAt(target);
    this.lookedAt = target;
  }

  #latestEdit(path) {
    const { replay, playback } = this;
    for (let at = playback.position; at > 0; at -= 1) {
      const { ms, event } = replay.records[at - 1];
      if (at !== playback.position && replay.msAt(playback.position) - ms >= TRACE_MS) return null;
      if (TRACED.has(event.type)) return event.type === "edit" && event.path === path ? event : null;
    }
    return null;
  }

  #lookAt(target) {
    const top = target.offsetTop - this.stage.offsetTop;
    const isAbove = top < this.stage.scrollTop;
    const isBelow = top + Math.min(target.offsetHeight, 120) > this.stage.scrollTop + this.stage.clientHeight;
    if (isAbove || isBelow) this.stage.scrollTop = Math.max(0, top - 24);
  }
}
