/** Decides which position is shown while time passes. Knows no page and no clock: whoever draws says how much time went by. */

export const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32, 64];
export const IDLE_CHOICES_S = [2, 5, 10, 30];

const LEAD_MS = 300;
const EDITS = ["edit", "cells_changed"];
const RUNS = ["execution_finished"];

export class Playback {
  constructor(replay, onChange) {
    this.replay = replay;
    this.onChange = onChange;
    this.position = 0;
    this.nowMs = 0;
    this.speed = 4;
    this.skipsIdle = true;
    this.idleMs = 5000;
    this.isPlaying = false;
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
      this.#skipTo(this.replay.records[position].ms, this.replay.msAt(position));
    }
    this.#show(this.replay.positionAt(this.nowMs));
  }

  #skipTo(nextMs, lastMs) {
    const lead = LEAD_MS * this.speed;
    const isIdle = nextMs - lastMs > this.idleMs && this.nowMs - lastMs > lead;
    if (!isIdle || nextMs - this.nowMs <= lead) return;
    this.skippedMs = nextMs - lead - this.nowMs;
    this.nowMs = nextMs - lead;
  }

  play() {
    if (!this.replay.length) return;
    if (this.position >= this.replay.length) this.seekMs(0);
    this.isPlaying = true;
    this.#show(this.position);
  }

  pause() {
    this.isPlaying = false;
    this.#show(this.position);
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** Show the moment `ms` after the start. */
  seekMs(ms) {
    this.nowMs = Math.max(0, Math.min(this.replay.durationMs, ms));
    this.skippedMs = 0;
    this.#show(this.replay.positionAt(this.nowMs));
  }

  /** Show one position and pause there. */
  seek(position) {
    const wanted = Math.max(0, Math.min(this.replay.length, position));
    this.isPlaying = false;
    this.skippedMs = 0;
    this.nowMs = this.replay.msAt(wanted);
    this.#show(wanted);
  }

  /** Go to the next (1) or previous (-1) edit and pause there. */
  stepEdit(direction) {
    this.#step(direction, EDITS);
  }

  /** Go to the next (1) or previous (-1) run and pause there. */
  stepRun(direction) {
    this.#step(direction, RUNS);
  }

  #step(direction, types) {
    this.seek(this.replay.findEvent(this.position, direction, types) ?? (direction < 0 ? 0 : this.replay.length));
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
