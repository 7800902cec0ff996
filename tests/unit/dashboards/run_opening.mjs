// Checks which notebooks JupyterLab runs by itself, with node:assert; the argument is the folder of the dashboards package.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const ENTRY = "share/labextensions/@nbassess/dashboards/static/remoteEntry.js";

globalThis.location = { search: "", hash: "" };
await import(pathToFileURL(`${process.argv[2]}/${ENTRY}`).href);
const runs = [];
const shared = {
  INotebookTracker: {},
  NotebookActions: { runAll: async (content) => runs.push(content) },
};
const container = globalThis._JUPYTERLAB["@nbassess/dashboards"];
await container.init({ "@jupyterlab/notebook": { 4: { get: async () => () => shared } } });
const plugin = (await container.get("./extension"))().default;

function panel(path, metadata) {
  const context = { path, ready: Promise.resolve(), model: { getMetadata: () => metadata } };
  return { context, content: path, sessionContext: { ready: Promise.resolve() }, isDisposed: false };
}

const asks = { run_on_open: true };
const panels = [
  panel("dashboards/cohort.ipynb", asks),
  panel("dashboards/mine.ipynb", undefined),
  panel("dashboards/replays/ada-0h00m00s/answers.ipynb", asks),
  panel("replays/answers.ipynb", asks),
  panel("RTC:replays/answers.ipynb", asks),
  panel("dashboards/replays.ipynb", asks),
];
const tracker = { forEach: (start) => panels.forEach(start), widgetAdded: { connect() {} } };
plugin.activate({}, tracker);
await new Promise((resolve) => setImmediate(resolve));
assert.deepEqual(runs, ["dashboards/cohort.ipynb", "dashboards/replays.ipynb"]);
