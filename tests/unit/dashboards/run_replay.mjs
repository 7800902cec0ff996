// Reads {modules, payload, every, positions, first} from stdin, replays with the widget's engine, and answers what it sees as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { modules, payload, every, positions, first } = JSON.parse(readFileSync(0, "utf8"));
const { Replay, unpackRecords } = await import(pathToFileURL(`${modules}/engine.js`).href);
const { currentDocuments, documentText } = await import(pathToFileURL(`${modules}/document.js`).href);

function seen(replay, position) {
  const state = replay.stateAt(position);
  const byClient = [...state.byClient].map(([key, document]) => [key, documentText(document), document.isComplete]);
  return {
    position: state.position,
    documents: Object.fromEntries(currentDocuments(state).map((document) => [document.path, documentText(document)])),
    by_client: byClient.sort(([a], [b]) => (a < b ? -1 : 1)),
    shown: [...state.shown].map(([key, { outputs, count, ok }]) => [key, outputs, count, ok]).sort(([a], [b]) => (a < b ? -1 : 1)),
    active: state.active,
    focus: state.focus,
    gaps: state.gaps.map(({ position: at, path }) => [at, path]),
  };
}

// The first records come at once, the others bit by bit, as they do while a sitting runs.
const records = unpackRecords(payload);
const replay = new Replay(records.slice(0, first), every);
for (let from = first; from < records.length; from += 7) replay.append(records.slice(from, from + 7));
process.stdout.write(JSON.stringify(positions.map((position) => seen(replay, position))));
