/** Decides which position is shown while time passes. Knows no page and no clock: whoever draws says how much time went by. */
import { isLively } from "./spans.js";

export const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32, 64];
export const IDLE_CHOICES_S = [2, 5, 10, 30, 60];

const LEAD_MS = 300;
const EDITS = new Set(["edit", "cells_changed"]);
const RUNS = new Set(["execution_finished"]);

export class Playback {
  constructor(replay, onChange) {
    this.replay = replay;
    this.onChange = onChange;
    this.flags = [];
    this.position = 0;
    this.nowMs = 0;
    this.speed = 4;
    this.skipsIdle = true;
    this.idleMs = 5000;
    this.isPlaying = false;
    this.isFollowing = false;
    this.skippedMs = 0;
  }

  /** Let time pass: `elapsedMs` of the viewer's time. */
  tick(elapsedMs) {
    if (!this.isPlaying) return;
    this.nowMs += elapsedMs * this.speed;
    this.skippedMs = 0;
    const position = this.replay.positionAt(this.nowMs);
    if (position >= this.replay.length) {
      this.nowMs = this.replay.durationMs;
      this.isPlaying = false;
    } else if (this.skipsIdle) {
      this.#skip(position);
    }
    this.#show(this.replay.positionAt(this.nowMs));
  }

  /** Jump over a pause. What the recorder says of itself is no end of a pause. */
  #skip(position) {
    const next = this.replay.findWhere(position, 1, isLively) ?? this.replay.length;
    const last = this.replay.findWhere(position + 1, -1, isLively) ?? 0;
    const [nextMs, lastMs] = [this.replay.msAt(next), this.replay.msAt(last)];
    const lead = LEAD_MS * this.speed;
    const isIdle = nextMs - lastMs > this.idleMs && this.nowMs - lastMs > lead;
    if (!isIdle || nextMs - this.nowMs <= lead) return;
    this.skippedMs = nextMs - lead - this.nowMs;
    this.nowMs = nextMs - lead;
  }

  play() {
    if (!this.replay.length) return;
    if (this.position >= this.replay.length) this.seekMs(0);
    this.isFollowing = false;
    this.isPlaying = true;
    this.#show(this.position);
  }

  pause() {
    this.isPlaying = false;
    this.isFollowing = false;
    this.#show(this.position);
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** Stay at the end from now on, also when more records come, until another moment is asked for. */
  follow() {
    this.isPlaying = false;
    this.isFollowing = true;
    this.skippedMs = 0;
    this.nowMs = this.replay.durationMs;
    this.#show(this.replay.length);
  }

  /** Tell that more records have come. */
  extended() {
    if (this.isFollowing) this.follow();
    else this.#show(this.position);
  }

  /** Show the moment `ms` after the start; playing goes on. */
  seekMs(ms) {
    this.isFollowing = false;
    this.nowMs = Math.max(0, Math.min(this.replay.durationMs, ms));
    this.skippedMs = 0;
    this.#show(this.replay.positionAt(this.nowMs));
  }

  /** Show one position and pause there. */
  seek(position) {
    const wanted = Math.max(0, Math.min(this.replay.length, position));
    this.isPlaying = false;
    this.isFollowing = false;
    this.skippedMs = 0;
    this.nowMs = this.replay.msAt(wanted);
    this.#show(wanted);
  }

  /** Go to the next (1) or previous (-1) edit and pause there. */
  stepEdit(direction) {
    this.#step(direction, (event) => EDITS.has(event.type));
  }

  /** Go to the next (1) or previous (-1) run and pause there. */
  stepRun(direction) {
    this.#step(direction, (event) => RUNS.has(event.type));
  }

  #step(direction, isWanted) {
    this.seek(this.replay.findWhere(this.position, direction, isWanted) ?? (direction < 0 ? 0 : this.replay.length));
  }

  /** Go to the beginning of the next (1) or previous (-1) flag and pause there; return the flag, or null and stay when there is none. */
  stepFlag(direction) {
    const ordered = [...this.flags].sort((a, b) => (a.from_position - b.from_position) * direction);
    const flag = ordered.find(({ from_position: at }) => (at - this.position) * direction > 0) ?? null;
    if (flag) this.seek(flag.from_position);
    return flag;
  }

  /** Go one speed up (1) or down (-1). */
  changeSpeed(direction) {
    const index = SPEEDS.indexOf(this.speed) + direction;
    this.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, index))];
    this.#show(this.position);
  }

  #show(position) {
    this.position = position;
    this.onChange();
  }
}
