/** Splits Python source into coloured pieces. Not a parser: it never fails, and the pieces always add up to the source. */

const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda match nonlocal not or pass raise return try while with yield case").split(" "),
);
const BUILTINS = new Set(
  ("abs all any bool dict enumerate filter float frozenset int isinstance iter len list map max min next object open print " +
    "range reversed round set sorted str sum super tuple type zip self").split(" "),
);
const TOKEN = new RegExp(
  [
    "(?<comment>#[^\\n]*)",
    "(?<string>\\b[rbfuRBFU]{0,2}(?:'''[\\s\\S]*?(?:'''|$)|\"\"\"[\\s\\S]*?(?:\"\"\"|$)|'(?:\\\\.|[^'\\\\\\n])*'?|\"(?:\\\\.|[^\"\\\\\\n])*\"?)" +
      "|'''[\\s\\S]*?(?:'''|$)|\"\"\"[\\s\\S]*?(?:\"\"\"|$)|'(?:\\\\.|[^'\\\\\\n])*'?|\"(?:\\\\.|[^\"\\\\\\n])*\"?)",
    "(?<number>\\b(?:0[xXoObB][\\da-fA-F_]+|\\d[\\d_]*(?:\\.[\\d_]*)?(?:[eE][+-]?\\d+)?j?)\\b)",
    "(?<decorator>^[ \\t]*@[\\w.]+|^[ \\t]*%%?\\w+)",
    "(?<word>[A-Za-z_]\\w*)",
  ].join("|"),
  "gm",
);

function kindOf(groups) {
  if (groups.word === undefined) return Object.keys(groups).find((name) => groups[name] !== undefined);
  if (KEYWORDS.has(groups.word)) return "keyword";
  return BUILTINS.has(groups.word) ? "builtin" : "";
}

/** Return [text, kind] pieces of Python source; kind is "" for plain text. */
export function pythonPieces(source) {
  const pieces = [];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    const kind = kindOf(match.groups);
    if (!kind) continue;
    if (match.index > end) pieces.push([source.slice(end, match.index), ""]);
    pieces.push([match[0], kind]);
    end = match.index + match[0].length;
  }
  if (end < source.length) pieces.push([source.slice(end), ""]);
  return pieces;
}

/** Cut pieces at the borders of [start, end, name] marks; return [text, kind, names of the marks it is in] pieces. */
export function markedPieces(pieces, marks) {
  const borders = marks.flatMap(([low, high]) => [low, high]);
  const result = [];
  let start = 0;
  for (const [text, kind] of pieces) {
    const end = start + text.length;
    const cuts = [start, ...borders.filter((border) => border > start && border < end).sort((a, b) => a - b), end];
    for (let index = 0; index + 1 < cuts.length; index += 1) {
      const from = cuts[index];
      const names = marks.filter(([low, high]) => from >= low && from < high).map(([, , name]) => name);
      result.push([text.slice(from - start, cuts[index + 1] - start), kind, names]);
    }
    start = end;
  }
  return result;
}

/** Return [start, end) of whole lines, counted from 0, in a text. */
export function lineRange(text, firstLine, lastLine) {
  const lines = text.split("\n");
  const lengthOf = (count) => lines.slice(0, count).reduce((sum, line) => sum + line.length + 1, 0);
  return [lengthOf(firstLine), Math.min(text.length, lengthOf(lastLine + 1))];
}

/** Return where the inserted texts of an edit ended up, as [start, end) in the source after it. */
export function insertedRanges(ops) {
  let ranges = [];
  for (const [position, deleteCount, inserted] of ops) {
    const end = position + deleteCount;
    const after = position + inserted.length;
    const movedLow = (low) => (low < position ? low : low >= end ? low - end + after : after);
    const movedHigh = (high) => (high <= position ? high : high >= end ? high - end + after : position);
    ranges = ranges.map(([low, high]) => [movedLow(low), movedHigh(high)]).filter(([low, high]) => high > low);
    if (inserted) ranges.push([position, position + inserted.length]);
  }
  return ranges;
}
