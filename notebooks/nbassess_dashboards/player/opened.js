/** "Open here": says what became of it and opens the notebook, in this JupyterLab or, from Voilà, in a new tab. */
import { encodePath } from "./address.js";
import { counted } from "./describe.js";
import { element } from "./dom.js";

const CAUTION = "It holds the candidate's own code: read it before you run it.";

export class OpenedView {
  constructor() {
    this.node = element("p", { class: "nbr-opened", role: "status", hidden: true });
  }

  /** Say that the notebook is being made. */
  wait() {
    this.node.hidden = false;
    this.node.replaceChildren("Making a notebook of this moment …");
  }

  /** Show Python's answer: {kind: "opened", path, folder, files} or {kind: "refused", text}. */
  show(message, base, isInApp) {
    this.node.hidden = false;
    if (message.kind === "refused") {
      this.node.replaceChildren(message.text);
      return;
    }
    const link = this.#link(message.path, base, isInApp);
    const beside = message.files ? ` with ${counted(message.files, "data file")} beside it` : "";
    this.node.replaceChildren("Made ", link, `${beside}. ${message.note} ${CAUTION}`);
    link.click();
  }

  /** JupyterLab opens what carries the attributes of its command linker in the same window. */
  #link(path, base, isInApp) {
    const href = `${base}lab/tree/${encodePath(path)}`;
    const where = isInApp
      ? { target: "_blank", rel: "noopener" }
      : { "data-commandlinker-command": "docmanager:open", "data-commandlinker-args": JSON.stringify({ path }) };
    return element("a", { href, ...where, text: path });
  }
}
