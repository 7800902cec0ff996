/** Decides what a screen reader hears and when: each step at once, a digest every ten seconds while time runs, never a flood. */
import { counted } from "./describe.js";
import { spokenTime } from "./dom.js";

const SETTLED_MS = 250;
const DIGEST_MS = 10_000;

/** Return in words what happened between two positions. */
export function digest(records, from, to) {
  let [typed, edits, runs, failed, cells, flags] = [0, 0, 0, 0, 0, []];
  for (const { event } of records.slice(from, to)) {
    if (event.type === "edit") {
      edits += 1;
      typed += event.ops.reduce((sum, op) => sum + op[2].length, 0);
    } else if (event.type === "cells_changed") cells += 1;
    else if (event.type === "execution_finished") {
      runs += 1;
      failed += event.ok ? 0 : 1;
    } else if (event.type === "kernel_changed") flags.push(`kernel ${event.state}`);
    else if (event.type === "pasted") flags.push(`a paste of ${counted(event.length, "character")}`);
  }
  const parts = [];
  if (edits) parts.push(`${counted(edits, "edit")}, ${counted(typed, "character")} in`);
  if (cells) parts.push(`${counted(cells, "change")} of cells`);
  if (runs) parts.push(`${counted(runs, "run")}, ${failed} failed`);
  return [...parts, ...flags].join("; ") || "nothing changed";
}

export class Announcer {
  constructor() {
    this.saidMs = -DIGEST_MS;
    this.saidPosition = 0;
    this.pending = null;
  }

  /** Note that something else is shown; `sentence` says what. */
  note(sentence, now) {
    if (this.pending?.sentence !== sentence) this.pending = { sentence, since: now };
  }

  /** Return what is to be said now, or null. `isRunning`: time passes by itself, by playing or by following live. */
  due({ position, nowMs, replay }, isRunning, now) {
    if (isRunning) {
      if (now - this.saidMs < DIGEST_MS || position === this.saidPosition) return null;
      const text = `${spokenTime(nowMs)}: ${digest(replay.records, Math.min(this.saidPosition, position), position)}`;
      return this.#say(text, position, now);
    }
    if (!this.pending || now - this.pending.since < SETTLED_MS) return null;
    return this.#say(this.pending.sentence, position, now);
  }

  #say(text, position, now) {
    this.saidMs = now;
    this.saidPosition = position;
    this.pending = null;
    return text;
  }
}
