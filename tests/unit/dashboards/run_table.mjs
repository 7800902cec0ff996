// Checks the table widget's logic with node:assert; the argument is the folder of the dashboards package.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

const { addressOf, chosenRows } = await import(pathToFileURL(`${process.argv[2]}/table/table.js`).href);

const row = (...values) => ({ cells: values.map((value) => ({ value, text: String(value ?? "–") })) });
const rows = [row("Kim 10", 0.5), row("Kim 9", null), row("Lee", 0.75)];
const names = (chosen) => chosen.map(({ cells }) => cells[0].value);

assert.deepEqual(names(chosenRows(rows, { filter: "", column: null, direction: 1 })), ["Kim 10", "Kim 9", "Lee"]);
assert.deepEqual(names(chosenRows(rows, { filter: "", column: 0, direction: 1 })), ["Kim 9", "Kim 10", "Lee"]);
assert.deepEqual(names(chosenRows(rows, { filter: "", column: 1, direction: -1 })), ["Lee", "Kim 10", "Kim 9"]);
assert.deepEqual(names(chosenRows(rows, { filter: "", column: 1, direction: 1 })), ["Kim 10", "Lee", "Kim 9"]);
assert.deepEqual(names(chosenRows(rows, { filter: "KIM 9", column: null, direction: 1 })), ["Kim 9"]);

const link = { notebook: "candidate.ipynb", folder: "my boards", query: { sitting: "s-1&x" } };
const address = (pathname) => addressOf(link, { pathname }, "/user/x/");
assert.equal(address("/user/x/voila/render/dashboards/cohort.ipynb"), "candidate.ipynb?sitting=s-1%26x");
assert.equal(address("/user/x/lab/tree/dashboards/cohort.ipynb"), "/user/x/voila/render/dashboards/candidate.ipynb?sitting=s-1%26x");
assert.equal(address("/user/x/lab/workspaces/auto-a/tree/a/b/cohort.ipynb"), "/user/x/voila/render/a/b/candidate.ipynb?sitting=s-1%26x");
assert.equal(address("/user/x/lab"), "/user/x/voila/render/my%20boards/candidate.ipynb?sitting=s-1%26x");
console.log("ok");
