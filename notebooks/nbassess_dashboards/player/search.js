/** Finds the moments at which a text came into being: whatever stood in any document for only one state is found too. */
import { advance, emptyState, keyOf } from "./document.js";

const SNAPSHOTS = new Set(["notebook_opened", "file_opened"]);
const CHANGING = new Set([...SNAPSHOTS, "edit", "cells_changed"]);

/** Return the ids of the cells of a document that hold the text; each cell is looked into once. */
function holders(document, text, known) {
  const found = new Set();
  for (const cell of document.cells) {
    let isHeld = known.get(cell);
    if (isHeld === undefined) {
      isHeld = cell.source.includes(text);
      known.set(cell, isHeld);
    }
    if (isHeld) found.add(cell.id);
  }
  return found;
}

/** Return the ids of the cells that held the text before: in this page's copy, or, for a fresh copy, in any page's. */
function heldBefore(held, client, { type, path }) {
  if (!SNAPSHOTS.has(type)) return held.get(keyOf(client, path)) ?? new Set();
  const copies = [...held].filter(([key]) => key.endsWith(keyOf("", path))).map(([, ids]) => [...ids]);
  return new Set(copies.flat());
}

/**
 * Return every position after which a text stands in a cell that did not hold it before, over the whole sitting and all documents, as
 * [{position, path, cell}, ...] in order.
 */
export function appearances(records, text) {
  const state = emptyState();
  const known = new WeakMap();
  const held = new Map();
  const found = [];
  for (const record of records) {
    advance(state, record);
    const { client, event } = record;
    const document = CHANGING.has(event.type) && state.byClient.get(keyOf(client, event.path));
    if (!document) continue;
    const now = holders(document, text, known);
    const before = heldBefore(held, client, event);
    const fresh = [...now].find((cell) => !before.has(cell));
    if (fresh !== undefined) found.push({ position: state.position, path: event.path, cell: fresh });
    held.set(keyOf(client, event.path), now);
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
