/** The buttons, the slider and the fields of the player. What they do is given by name, so that keys and buttons do the same. */
import { element, icon } from "./dom.js";
import { IDLE_CHOICES_S, SPEEDS } from "./playback.js";

function button(label, sign, listener) {
  const attributes = { type: "button", class: "nbr-button", "aria-label": sign === label ? null : label, title: label };
  return element("button", { ...attributes, on: { click: listener } }, sign);
}

function choice(label, values, selected, write, listener) {
  const options = values.map((value) => element("option", { value, selected: value === selected, text: write(value) }));
  return element("select", { "aria-label": label, on: { change: (event) => listener(Number(event.target.value)) } }, ...options);
}

function group(label, ...nodes) {
  return element("div", { class: "nbr-group", role: "group", "aria-label": label }, ...nodes);
}

/** The controls of one playback. `actions` maps the names of the table of shortcuts to functions. */
export class Controls {
  constructor(playback, actions, canOpen) {
    this.playback = playback;
    this.actions = actions;
    this.play = button("Play", icon("play"), () => actions.toggle());
    this.play.classList.add("nbr-play");
    this.speed = choice("Speed", SPEEDS, playback.speed, (value) => `${value}×`, (value) => this.set("speed", value));
    this.skip = element("input", { type: "checkbox", checked: playback.skipsIdle, on: { change: () => this.set("skipsIdle", this.skip.checked) } });
    this.idle = choice("Longest pause that is played", IDLE_CHOICES_S, playback.idleMs / 1000, (value) => `${value} s`, (value) =>
      this.set("idleMs", value * 1000),
    );
    this.text = element("input", { type: "search", class: "nbr-find", placeholder: "Find when a text appeared", "aria-label": "Find when a text appeared" });
    this.found = element("span", { class: "nbr-quiet nbr-found" });
    this.goLive = button("Go live", "Go live", () => actions.live());
    this.goLive.classList.add("nbr-go-live");
    this.slider = this.#slider();
    this.node = element("div", { class: "nbr-controls" }, this.#moves(), this.#tempo(), this.#search(), this.#tools(canOpen));
  }

  /** Set a property of the playback. */
  set(name, value) {
    this.playback[name] = value;
    this.playback.onChange();
  }

  #moves() {
    const { actions } = this;
    const named = (label, sign, action) => button(label, sign, () => actions[action]());
    return group(
      "Move in the recording",
      named("To the start", icon("start"), "start"),
      named("Previous flag", "⇤ flag", "previousFlag"),
      named("Previous run", "⇤ run", "previousRun"),
      named("Previous edit", "← edit", "previousEdit"),
      this.play,
      named("Next edit", "edit →", "nextEdit"),
      named("Next run", "run ⇥", "nextRun"),
      named("Next flag", "flag ⇥", "nextFlag"),
      named("To the end", icon("end"), "end"),
      this.goLive,
    );
  }

  #tempo() {
    const skip = element("label", {}, this.skip, " Skip pauses over ");
    return group("Tempo", element("label", {}, "Speed ", this.speed), skip, this.idle);
  }

  #search() {
    const { actions } = this;
    const find = element("button", { class: "nbr-button", text: "Find next" });
    const more = [button("Find previous", "Find previous", () => actions.findPrevious()), button("Find first", "Find first", () => actions.findFirst())];
    const form = element("form", { class: "nbr-group", role: "search", "aria-label": "Texts of the sitting" }, this.text, find, ...more, this.found);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      actions.findNext();
    });
    return form;
  }

  #tools(canOpen) {
    const { actions } = this;
    const named = (label, sign, action) => button(label, sign, () => actions[action]());
    const nodes = [
      named("Mark this moment as A", "Mark A", "markA"),
      named("Mark this moment as B", "Mark B", "markB"),
      named("Copy a link to this moment", "Copy link", "copy"),
      named("Open this moment as a notebook of yours", "Open here", "open"),
      named("Keyboard shortcuts", "?", "help"),
    ];
    return group("This moment", ...nodes.filter((_, index) => index !== 3 || canOpen));
  }

  #slider() {
    const { playback } = this;
    const input = (event) => playback.seekMs(Number(event.target.value));
    return element("input", { type: "range", class: "nbr-slider", min: 0, step: "any", value: 0, "aria-label": "Time in the sitting", on: { input } });
  }

  /** Show the state of the playback. `canGoLive`: the sitting runs and is not being followed. */
  update(spoken, canGoLive) {
    const { isPlaying, speed, skipsIdle, nowMs, replay } = this.playback;
    const label = isPlaying ? "Pause" : "Play";
    if (this.play.title !== label) this.play.replaceChildren(icon(label.toLowerCase()));
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
    this.speed.value = String(speed);
    this.skip.checked = skipsIdle;
    // A button that goes away must not take the focus with it.
    if (!canGoLive && document.activeElement === this.goLive) this.node.closest("section")?.focus();
    this.goLive.hidden = !canGoLive;
    this.slider.max = String(Math.max(1, replay.durationMs));
    this.slider.value = String(nowMs);
    this.slider.setAttribute("aria-valuetext", spoken);
  }
}
