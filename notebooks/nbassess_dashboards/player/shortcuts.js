/** The keys of the player: one table, from which the help is made and by which keys are looked up. */
import { element } from "./dom.js";

/** [what the key is called, KeyboardEvent.key, with Shift (null: either), name of the action, what it does]. */
export const SHORTCUTS = [
  ["Space", " ", false, "toggle", "play or pause"],
  ["←", "ArrowLeft", false, "previousEdit", "previous edit"],
  ["→", "ArrowRight", false, "nextEdit", "next edit"],
  ["Shift + ←", "ArrowLeft", true, "previousRun", "previous run"],
  ["Shift + →", "ArrowRight", true, "nextRun", "next run"],
  ["F", "f", false, "nextFlag", "next flag"],
  ["Shift + F", "f", true, "previousFlag", "previous flag"],
  ["Page Up", "PageUp", null, "minuteBack", "one minute back"],
  ["Page Down", "PageDown", null, "minuteOn", "one minute on"],
  ["Home", "Home", null, "start", "start"],
  ["End", "End", null, "end", "end"],
  ["[", "[", null, "slower", "slower"],
  ["]", "]", null, "faster", "faster"],
  ["I", "i", false, "idle", "skip pauses on or off"],
  ["/", "/", null, "search", "find when a text appeared"],
  ["N", "n", false, "findNext", "next appearance of the text"],
  ["Shift + N", "n", true, "findPrevious", "previous appearance of the text"],
  ["A", "a", false, "markA", "mark this moment as A"],
  ["B", "b", false, "markB", "mark this moment as B"],
  ["X", "x", false, "unmark", "take both marks away"],
  ["C", "c", false, "copy", "copy a link to this moment"],
  ["O", "o", false, "open", "open this moment as a notebook"],
  ["L", "l", false, "live", "go live, while the sitting runs"],
  ["T", "t", false, "table", "timeline as a table"],
  ["?", "?", null, "help", "this list"],
];

/** Return the name of the action that a key stands for, or null. Keys with Ctrl, Alt or Meta belong to others. */
export function actionOf({ key, shiftKey, ctrlKey, altKey, metaKey }) {
  if (ctrlKey || altKey || metaKey) return null;
  const pressed = key.length === 1 ? key.toLowerCase() : key;
  const found = SHORTCUTS.find(([, wanted, shift]) => wanted === pressed && (shift === null || shift === Boolean(shiftKey)));
  return found ? found[3] : null;
}

/** Return the action of a key event in the player, or null where the element that has the focus needs the key itself. */
export function pressedAction(event) {
  const { target, key } = event;
  const isSlider = target.closest("input[type=range]") && /^(Arrow|Home|End|Page)/.test(key);
  const isPressed = target.closest("button, summary, a, input[type=checkbox]") && /^( |Enter)$/.test(key);
  const isTab = target.closest("[role=tab]") && key.startsWith("Arrow");
  const isScrolled = target.closest("pre, .nbr-scroll, .nbr-stage") && /^(Page|Home$|End$)/.test(key);
  const isElsewhere = target.closest("dialog, input[type=search], select");
  return isSlider || isPressed || isTab || isScrolled || isElsewhere ? null : actionOf(event);
}

/** Return the list of keys as a dialog. */
export function helpDialog() {
  const rows = SHORTCUTS.flatMap(([label, , , , meaning]) => [element("dt", {}, element("kbd", { text: label })), element("dd", { text: meaning })]);
  const close = element("button", { type: "button", class: "nbr-button", text: "Close", on: { click: () => dialog.close() } });
  const title = element("p", { class: "nbr-dialog-title", text: "Keyboard" });
  const note = element("p", { class: "nbr-quiet", text: "The keys work while the focus is in the player and not in a text field." });
  const dialog = element("dialog", { class: "nbr-dialog", "aria-label": "Keyboard shortcuts of the replay" }, title, element("dl", {}, ...rows), note, close);
  return dialog;
}
