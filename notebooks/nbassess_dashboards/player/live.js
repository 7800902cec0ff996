/**
 * Follows a sitting that is still running: asks for what came after the last record, again and again, while somebody looks.
 *
 * Knows no clock and no network: `tick` is told the time, `send` puts a question, `receive` gets the answer. An answer that does not come is no error:
 * the feed says so and goes on asking.
 */
import { unpackRecords } from "./engine.js";

export const ASK_EVERY_MS = 700;
const GIVE_UP_MS = 6000;
const LATE_MS = 3000;

export class LiveFeed {
  constructor(replay, isRunning, send) {
    this.replay = replay;
    this.send = send;
    this.isRunning = isRunning;
    this.isWaiting = false;
    this.askedMs = -ASK_EVERY_MS;
    this.answeredMs = null;
    this.trouble = "";
  }

  /** Ask if it is time to. `isWanted`: somebody follows and looks. */
  tick(now, isWanted) {
    if (!this.isRunning || !isWanted) return;
    const isLost = this.isWaiting && now - this.askedMs > GIVE_UP_MS;
    if (isLost) this.trouble = "This page has no answer from its kernel";
    if ((this.isWaiting && !isLost) || now - this.askedMs < ASK_EVERY_MS) return;
    this.isWaiting = true;
    this.askedMs = now;
    this.send({ kind: "more", after: this.replay.length });
  }

  /** Take an answer: {kind: "records", after, clients, records, is_running, flags?} or {kind: "away", text}. Return how many records are new. */
  receive(message, now) {
    this.isWaiting = false;
    if (message.kind === "away") {
      this.trouble = message.text;
      return 0;
    }
    this.trouble = "";
    this.answeredMs = now;
    const known = this.replay.length - message.after;
    if (known < 0) return 0;
    const fresh = unpackRecords(message).slice(known);
    this.replay.append(fresh);
    this.isRunning = message.is_running;
    return fresh.length;
  }

  /** Return {state, text} for the badge: live, behind, away or ended. `behindMs`: how far the moment shown is from the newest. */
  status(now, isFollowing, behindMs) {
    if (!this.isRunning) return { state: "ended", text: "The sitting has ended" };
    if (this.trouble) return { state: "away", text: `${this.trouble}; asking again by itself` };
    if (!isFollowing) return { state: "behind", text: `Not live, ${written(behindMs)} behind` };
    if (this.answeredMs === null) return { state: "behind", text: "Going live …" };
    const late = now - this.answeredMs;
    return late > LATE_MS ? { state: "behind", text: `Live, ${written(late)} behind` } : { state: "live", text: "Live" };
  }
}

function written(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
