/** Finds the moments at which a text came into being: whatever stood in any document for only one state is found too. */
import { advance, emptyState, keyOf } from "./document.js";

const WHOLE = new Set(["notebook_opened", "file_opened", "cells_changed"]);

/** Knows which cells hold a text while a recording is walked through. */
class Holders {
  constructor(text) {
    this.text = text;
    this.known = new WeakMap();
    this.copies = new Map();
  }

  #isHeld(cell) {
    if (!this.known.has(cell)) this.known.set(cell, cell.source.includes(this.text));
    return this.known.get(cell);
  }

  /** Take an edit of one cell; return the cell's id if it holds the text only now. */
  edited(key, document, id) {
    const held = this.copies.get(key) ?? new Set();
    this.copies.set(key, held);
    const cell = document.cells.find((each) => each.id === id);
    const isHeld = Boolean(cell) && cell.source.includes(this.text);
    const isFresh = isHeld && !held.has(id);
    if (isHeld) held.add(id);
    else held.delete(id);
    return isFresh ? id : null;
  }

  /** Take a change of cells or a snapshot; return the id of a cell that holds the text only now. A fresh copy of a page is compared with all. */
  replaced(key, document, isSnapshot) {
    const ending = keyOf("", document.path);
    const before = isSnapshot ? [...this.copies].filter(([other]) => other.endsWith(ending)).map(([, ids]) => ids) : [this.copies.get(key) ?? new Set()];
    const now = document.cells.filter((cell) => this.#isHeld(cell)).map((cell) => cell.id);
    this.copies.set(key, new Set(now));
    return now.find((id) => !before.some((ids) => ids.has(id))) ?? null;
  }
}

/**
 * Return every position after which a text stands in a cell that did not hold it before, over the whole sitting and all documents, as
 * [{position, path, cell}, ...] in order.
 */
export function appearances(records, text) {
  const state = emptyState();
  const holders = new Holders(text);
  const found = [];
  for (const record of records) {
    advance(state, record);
    const { client, event } = record;
    if (event.type !== "edit" && !WHOLE.has(event.type)) continue;
    const key = keyOf(client, event.path);
    const document = state.byClient.get(key);
    if (!document) continue;
    const cell = event.type === "edit" ? holders.edited(key, document, event.cell) : holders.replaced(key, document, event.type !== "cells_changed");
    if (cell !== null) found.push({ position: state.position, path: event.path, cell });
  }
  return found;
}

/** Looks a text up in one recording; the appearances of the text asked for last are kept until more records come. */
export class Search {
  constructor(replay) {
    this.replay = replay;
    this.key = "";
    this.found = [];
  }

  /** Return all appearances of a text; an empty text has none. */
  all(text) {
    const key = `${this.replay.length} ${text}`;
    if (key !== this.key) {
      this.found = text ? appearances(this.replay.records, text) : [];
      this.key = key;
    }
    return this.found;
  }

  /** Return {hit, index, count}: the first appearance, or the next (1) or previous (-1) one from a position; hit is null when there is none. */
  find(text, position, direction) {
    const found = this.all(text);
    let index = 0;
    if (direction > 0) index = found.findIndex((each) => each.position > position);
    else if (direction < 0) index = found.findLastIndex((each) => each.position < position);
    return { hit: found[index] ?? null, index, count: found.length };
  }
}
