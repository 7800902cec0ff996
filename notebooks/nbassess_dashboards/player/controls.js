/** The buttons, the slider and the keys of the player. */
import { element, icon } from "./dom.js";
import { IDLE_CHOICES_S, SPEEDS } from "./playback.js";

const SHORTCUTS = [
  ["Space", "play or pause"],
  ["← / →", "previous or next edit"],
  ["Shift + ← / →", "previous or next run"],
  ["Home / End", "start or end"],
  ["[ / ]", "slower or faster"],
  ["I", "skip pauses on or off"],
  ["/", "find a text"],
];

function button(label, sign, listener) {
  return element("button", { type: "button", class: "nbr-button", "aria-label": label, title: label, on: { click: listener } }, sign);
}

function choice(label, values, selected, write, listener) {
  const options = values.map((value) => element("option", { value, selected: value === selected, text: write(value) }));
  const select = element("select", { "aria-label": label, on: { change: (event) => listener(Number(event.target.value)) } }, ...options);
  return select;
}

/** The controls of one playback. `find` looks for a text after the current position and says whether it was found. */
export class Controls {
  constructor(playback, find) {
    this.playback = playback;
    this.play = button("Play", icon("play"), () => playback.toggle());
    this.play.classList.add("nbr-play");
    this.speed = choice("Speed", SPEEDS, playback.speed, (value) => `${value}×`, (value) => this.#set("speed", value));
    this.skip = element("input", { type: "checkbox", checked: playback.skipsIdle, on: { change: () => this.#set("skipsIdle", this.skip.checked) } });
    this.idle = choice("Longest pause that is played", IDLE_CHOICES_S, playback.idleMs / 1000, (value) => `${value} s`, (value) =>
      this.#set("idleMs", value * 1000),
    );
    this.text = element("input", { type: "search", class: "nbr-find", placeholder: "Find when a text appeared", "aria-label": "Find when a text appeared" });
    this.find = find;
    this.node = element("div", { class: "nbr-controls" }, this.#moves(), this.#tempo(), this.#search());
    this.slider = this.#slider();
  }

  #set(name, value) {
    this.playback[name] = value;
    this.playback.onChange();
  }

  #moves() {
    const { playback } = this;
    return element(
      "div",
      { class: "nbr-group", role: "group", "aria-label": "Move in the recording" },
      button("To the start", icon("start"), () => playback.seek(0)),
      button("Previous run", "⇤ run", () => playback.stepRun(-1)),
      button("Previous edit", "← edit", () => playback.stepEdit(-1)),
      this.play,
      button("Next edit", "edit →", () => playback.stepEdit(1)),
      button("Next run", "run ⇥", () => playback.stepRun(1)),
      button("To the end", icon("end"), () => playback.seek(playback.replay.length)),
    );
  }

  #tempo() {
    const skip = element("label", {}, this.skip, " Skip pauses over ");
    return element("div", { class: "nbr-group" }, element("label", {}, "Speed ", this.speed), skip, this.idle);
  }

  #search() {
    const form = element("form", { class: "nbr-group", role: "search" }, this.text, element("button", { class: "nbr-button", text: "Find next" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.text.value) this.find(this.text.value);
    });
    return form;
  }

  #slider() {
    const { playback } = this;
    return element("input", {
      type: "range",
      class: "nbr-slider",
      min: 0,
      max: Math.max(1, playback.replay.durationMs),
      step: "any",
      value: 0,
      "aria-label": "Time in the sitting",
      on: { input: (event) => playback.seekMs(Number(event.target.value)) },
    });
  }

  /** Show the state of the playback. */
  update(spoken) {
    const { isPlaying, speed, skipsIdle, nowMs } = this.playback;
    const label = isPlaying ? "Pause" : "Play";
    if (this.play.title !== label) this.play.replaceChildren(icon(label.toLowerCase()));
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
    this.speed.value = String(speed);
    this.skip.checked = skipsIdle;
    this.slider.value = String(nowMs);
    this.slider.setAttribute("aria-valuetext", spoken);
  }

  /** Act on a key; return whether it was one of ours. */
  press(event) {
    const { playback } = this;
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (direction) event.shiftKey ? playback.stepRun(direction) : playback.stepEdit(direction);
    else if (event.key === " ") playback.toggle();
    else if (event.key === "Home") playback.seek(0);
    else if (event.key === "End") playback.seek(playback.replay.length);
    else if (event.key === "[") playback.changeSpeed(-1);
    else if (event.key === "]") playback.changeSpeed(1);
    else if (event.key === "i" || event.key === "I") this.#set("skipsIdle", !playback.skipsIdle);
    else if (event.key === "/") this.text.focus();
    else return false;
    return true;
  }

  /** Return the list of keys. */
  static help() {
    const rows = SHORTCUTS.flatMap(([keys, meaning]) => [element("dt", {}, element("kbd", { text: keys })), element("dd", { text: meaning })]);
    return element("details", { class: "nbr-help" }, element("summary", { text: "Keyboard" }), element("dl", {}, ...rows));
  }
}
