/**
 * Text that was seen in this sitting, so that a paste can say whether it is new.
 *
 * Nothing is done while somebody types: texts are kept as they are, by reference and within bounds, and looked through
 * when something is pasted. The prompt of a document is its text when this browser opened it first; it is kept for the next
 * page load, because by then one's own text has been added to it.
 */
import { Output, SeenIn } from '../events';
import { Mirror } from '../mirror';
import { textOfOutput, withoutPictures } from '../outputs';

const VANISHED_UNITS = 4_000_000;
const COPIED_UNITS = 1_000_000;
const OUTPUT_UNITS = 4_000_000;
const PROMPT_UNITS = 200_000;

/** The part of `localStorage` that is used. */
export interface IPromptStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Return the browser's storage, or null where a page may have none. */
export function promptStore(): IPromptStore | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export class Seen {
  /** `prefix` tells the prompts of this sitting from those of another one. */
  constructor(
    private readonly store: IPromptStore | null,
    private readonly prefix: string
  ) {}

  /** A document was opened: its texts are looked at from now on, as the mirror has them. */
  opened(path: string, mirror: Mirror): void {
    this._mirrors.add(mirror);
    if (!this._prompts.has(path)) {
      const text = mirror.cells.map(cell => cell.source).join('\n');
      this._prompts.set(path, this._firstText(`${this.prefix}${path}`, text));
    }
  }

  closed(mirror: Mirror): void {
    mirror.cells.forEach(cell => this.vanished(cell.source));
    this._mirrors.delete(mirror);
  }

  /** A text of a cell is no longer there, or no longer whole. */
  vanished(text: string): void {
    this._vanished.add(text, text.length);
  }

  /** A text was copied, cut or dragged in this page. */
  copied(text: string): void {
    this._copied.add(text, text.length);
  }

  /** A cell showed these outputs. */
  shown(outputs: Output[]): void {
    for (const output of outputs) {
      const text = withoutPictures(output);
      this._outputs.add(text, JSON.stringify(text).length);
    }
  }

  /** Return where a text had been seen, blanks at its ends apart. */
  lookUp(text: string): SeenIn[] {
    const wanted = text.trim();
    const isIn = (texts: Iterable<string>) => isWithin(texts, wanted);
    const found: SeenIn[] = [];
    if (isIn(this._cellTexts()) || isIn(this._vanished.items)) {
      found.push('cell');
    }
    if (isIn(this._prompts.values())) {
      found.push('prompt');
    }
    if (this._isInOutputs(wanted)) {
      found.push('output');
    }
    if (isIn(this._copied.items)) {
      found.push('copied');
    }
    return found;
  }

  private *_cellTexts(): Generator<string> {
    for (const mirror of this._mirrors) {
      for (const cell of mirror.cells) {
        yield cell.source;
      }
    }
    // Several cells that are pasted together come as one text.
    for (const mirror of this._mirrors) {
      yield mirror.cells.map(cell => cell.source).join('\n');
    }
  }

  /** A table on the page becomes tabs and lines when it is copied: blanks do not count. */
  private _isInOutputs(wanted: string): boolean {
    const plain = wanted.replace(/\s+/g, ' ');
    return [...this._outputs.items].some(output => textOfOutput(output).replace(/\s+/g, ' ').includes(plain));
  }

  private _firstText(key: string, text: string): string {
    try {
      const first = this.store?.getItem(key) ?? null;
      if (first === null && text.length <= PROMPT_UNITS) {
        this.store?.setItem(key, text);
      }
      return first ?? text;
    } catch {
      return text; // a browser without storage, or with a full one
    }
  }

  private readonly _mirrors = new Set<Mirror>();
  private readonly _prompts = new Map<string, string>();
  private readonly _vanished = new Bounded<string>(VANISHED_UNITS);
  private readonly _copied = new Bounded<string>(COPIED_UNITS);
  private readonly _outputs = new Bounded<Output>(OUTPUT_UNITS);
}

function isWithin(texts: Iterable<string>, wanted: string): boolean {
  for (const text of texts) {
    if (text.includes(wanted)) {
      return true;
    }
  }
  return false;
}

/** The latest things whose sizes add up to no more than a limit. */
class Bounded<T> {
  constructor(private readonly limit: number) {}

  get items(): Iterable<T> {
    return this._items.map(([item]) => item);
  }

  add(item: T, size: number): void {
    if (size === 0 || size > this.limit || this._items[this._items.length - 1]?.[0] === item) {
      return;
    }
    this._items.push([item, size]);
    this._total += size;
    while (this._total > this.limit) {
      this._total -= this._items.shift()![1];
    }
  }

  private readonly _items: [T, number][] = [];
  private _total = 0;
}
