/** What the player says about itself: the time, what happened last, how live it is, and what a screen reader hears. */
import { Announcer } from "./announce.js";
import { counted, describeEvent } from "./describe.js";
import { clockText, element, spokenTime } from "./dom.js";
import { isIncomplete, isLively } from "./spans.js";

export class StatusView {
  constructor(playback, feed) {
    this.playback = playback;
    this.feed = feed;
    this.announcer = new Announcer();
    this.clock = element("span", { class: "nbr-clock" });
    this.caption = element("span", { class: "nbr-caption" });
    this.badge = element("span", { class: "nbr-badge nbr-live", role: "status", hidden: !feed.isRunning });
    this.size = element("span", { class: "nbr-quiet" });
    this.said = element("p", { class: "nbr-spoken", role: "status", "aria-live": "polite" });
    this.message = element("p", { class: "nbr-message", role: "status" });
    this.node = element("div", {}, element("p", { class: "nbr-status" }, this.clock, this.caption), this.message, this.said);
    this.toldAt = 0;
    this.sentence = "";
  }

  /** Show a sentence to everyone until another moment is shown. */
  tell(text) {
    this.toldAt = this.playback.position;
    this.message.textContent = text;
  }

  /** Say how much there is. */
  count(flags) {
    const holes = flags.filter(isIncomplete).length;
    const parts = [counted(this.playback.replay.length, "event"), flags.length ? counted(flags.length, "flag") : "No flags"];
    if (holes) parts.push(`record incomplete in ${counted(holes, "place")}`);
    this.size.className = holes ? "nbr-holes" : "nbr-quiet";
    this.size.textContent = parts.join(" · ");
  }

  /** Show the current position; return its time and what happened, in words. */
  update() {
    const { playback, message } = this;
    const { replay, position, nowMs } = playback;
    if (position !== this.toldAt && !playback.isFollowing) message.textContent = "";
    this.sentence = this.#sentence();
    const skipped = playback.skippedMs > 1000 ? ` · skipped ${spokenTime(playback.skippedMs)} without events` : "";
    this.clock.textContent = `${clockText(nowMs)} / ${clockText(replay.durationMs)} · event ${position} of ${replay.length}`;
    this.caption.textContent = this.sentence + skipped;
    const spoken = `${spokenTime(nowMs)}: ${this.sentence}`;
    this.announcer.note(spoken, performance.now());
    return spoken;
  }

  /** While time runs, the sign of life of a recorder does not push what happened from the caption. */
  #sentence() {
    const { playback } = this;
    const { records, length } = playback.replay;
    let at = playback.position;
    if (!at) return length ? "Before the first event" : "Nothing was recorded in this sitting";
    while ((playback.isPlaying || playback.isFollowing) && at > 1 && !isLively(records[at - 1].event)) at -= 1;
    return describeEvent(records[at - 1].event);
  }

  /** Keep the badge and the screen reader up to date: called once per drawn frame with the page's clock. */
  tick(now) {
    const { playback, feed } = this;
    if (!this.badge.hidden) {
      const { state, text } = feed.status(now, playback.isFollowing, playback.replay.durationMs - playback.nowMs);
      if (this.badge.dataset.state !== state) this.badge.dataset.state = state;
      if (this.badge.textContent !== text) this.badge.textContent = text;
    }
    const said = this.announcer.due(playback, playback.isPlaying || playback.isFollowing, now);
    if (said !== null) this.said.textContent = said;
  }
}
