// Reads {modules, payload, every, positions} from stdin, replays with the widget's engine, and answers what it sees as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { modules, payload, every, positions } = JSON.parse(readFileSync(0, "utf8"));
const { Replay, currentDocuments, documentText, unpackRecords } = await import(pathToFileURL(`${modules}/engine.js`).href);

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

const replay = new Replay(unpackRecords(payload), every);
process.stdout.write(JSON.stringify(positions.map((position) => seen(replay, position))));
