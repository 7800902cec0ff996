// Checks that nothing recorded stops the page, with a page of plain objects; the argument is the folder of the dashboards package.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

class FakeNode {
  constructor(tag) {
    Object.assign(this, { tag, attributes: {}, children: [], dataset: {}, style: { setProperty() {} }, isConnected: false });
    this.classList = { add() {}, remove() {}, toggle() {} };
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  removeAttribute(name) {
    delete this.attributes[name];
  }
  addEventListener() {}
  append(...children) {
    this.children.push(...children);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  getClientRects() {
    return [];
  }
  get text() {
    return (this.textContent ?? "") + this.children.map((child) => child.text ?? child).join("");
  }
}

const frames = [];
const warnings = [];
globalThis.document = { createElement: (tag) => new FakeNode(tag), createElementNS: (space, tag) => new FakeNode(tag) };
globalThis.location = { search: "", hash: "" };
globalThis.window = { addEventListener() {}, removeEventListener() {} };
globalThis.requestAnimationFrame = (step) => frames.push(step);
globalThis.cancelAnimationFrame = () => {};
console.warn = (text) => warnings.push(text);

const at = (path) => import(pathToFileURL(`${process.argv[2]}/player/${path}`).href);
const { outputElement } = await at("outputs.js");
const { markdownElements } = await at("markdown.js");
const { Player } = await at("player.js");
const widget = (await at("widget.js")).default;

const shown = (type, data) => outputElement({ output_type: "display_data", data: { [type]: data } });
const text = (source) => markdownElements(source).map((node) => node.text);

function within(limitMs, draw) {
  const start = performance.now();
  draw();
  assert.ok(performance.now() - start < limitMs, `${performance.now() - start} ms`);
}

function recordingModel() {
  const payload = { format: 2, sitting: "s", candidate: "c", clients: [], records: [], flags: [], is_running: false };
  const traits = { payload: gzipSync(JSON.stringify(payload)), position: 0 };
  const heard = [];
  return { heard, get: (name) => traits[name], set() {}, save_changes() {}, send() {}, on: (name) => heard.push(name), off() {} };
}

const checks = {
  "half a character in a picture is replaced"() {
    assert.ok(shown("image/svg+xml", "<svg>\ud800</svg>").attributes.src.includes("%EF%BF%BD"));
  },
  "a traceback that is no list is shown"() {
    assert.equal(outputElement({ output_type: "error", traceback: "boom" }).text, "boom\n");
    assert.equal(outputElement({ output_type: "error", traceback: ["a", "b"] }).text, "a\nb\n");
  },
  "a picture may have blanks, and blanks alone are no picture"() {
    assert.equal(shown("image/png", ["aGk=\n", " \n"]).attributes.src, "data:image/png;base64,aGk=");
    within(500, () => assert.match(shown("image/png", `${" ".repeat(60000)}!`).text, /cannot be read/));
    assert.match(shown("image/png", "  ").text, /cannot be read/);
  },
  "what cannot be drawn is said and stops nothing"() {
    const hostile = { toString: 1, valueOf: 1 };
    for (const output of [null, { output_type: "stream", text: hostile }]) assert.equal(outputElement(output).text, "(cannot be shown)");
    assert.equal(shown("text/plain", hostile).text, "(cannot be shown)");
  },
  "a heading and a list keep odd line ends"() {
    assert.deepEqual(text("# a\u2028b ##"), ["a\u2028b"]);
    assert.deepEqual(text("## a\rb"), ["a\rb"]);
    assert.deepEqual(text("# C#\n- a\u2028b"), ["C", "a\u2028b"]);
  },
  "long Markdown is shown as text, and says so"() {
    for (const source of ["word\n".repeat(20000), "`a".repeat(20000), "[".repeat(40000)]) {
      within(200, () => {
        const [note, body] = text(source);
        assert.match(note, /too long to be drawn/);
        assert.equal(body, source);
      });
    }
  },
  "Markdown that is just short enough is drawn soon"() {
    const worst = ["`a".repeat(9999), "[".repeat(19999), "*a".repeat(9999), "**a".repeat(6666), `# ${" ".repeat(19990)}\rx`, `# ${"#".repeat(19990)}x`];
    for (const source of [...worst, "word word\n".repeat(999), "# a\n".repeat(999), "|a|b|\n".repeat(999)]) {
      within(1000, () => assert.ok(!/too long/.test(text(source)[0]), source.slice(0, 9)));
    }
  },
  async "a first moment or a frame that fails leaves a page that goes on"() {
    const fails = () => {
      throw new Error("broken");
    };
    Object.assign(Player.prototype, { draw: fails, tick: fails });
    const model = recordingModel();
    const el = new FakeNode("div");
    assert.equal(typeof (await widget.render({ model, el })), "function");
    assert.deepEqual(model.heard, ["change:position", "msg:custom"]);
    assert.match(el.text, /This moment cannot be shown/);
    assert.throws(() => frames[0](16), /broken/);
    assert.equal(frames.length, 2);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    process.exitCode = 1;
  }
}
console.log(Object.keys(checks).length, warnings.length);
