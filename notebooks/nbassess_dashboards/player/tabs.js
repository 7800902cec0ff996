/** The documents of a moment as tabs; where several pages had one open, a choice of whose copy is shown. */
import { clientsOf, currentDocuments, keyOf } from "./document.js";
import { element } from "./dom.js";

export class TabsView {
  constructor(onChange) {
    this.onChange = onChange;
    this.path = "";
    this.copies = new Map();
    this.list = element("div", { class: "nbr-tabs", role: "tablist", "aria-label": "Documents" });
    this.pages = element("span", { class: "nbr-group nbr-pages" });
    this.node = element("div", { class: "nbr-tab-row" }, this.list, this.pages);
  }

  /** Draw the tabs of a state; return the document to be shown, or undefined when there is none. */
  update(state) {
    const documents = currentDocuments(state);
    const current = documents.find(({ path }) => path === this.path) ?? documents.at(-1);
    this.#drawTabs(documents, current);
    if (!current) return undefined;
    const copy = this.#drawPages(state, current.path);
    return state.byClient.get(keyOf(copy, current.path)) ?? current;
  }

  #drawTabs(documents, shown) {
    const key = JSON.stringify([documents.map(({ path }) => path), shown?.path]);
    if (key === this.tabsKey) return;
    this.tabsKey = key;
    const paths = documents.map(({ path }) => path);
    const tabs = paths.map((path) => {
      const isSelected = path === shown.path;
      const attributes = { role: "tab", type: "button", class: "nbr-tab", "aria-selected": String(isSelected), tabindex: isSelected ? 0 : -1, text: path };
      return element("button", { ...attributes, on: { click: () => this.#show(path), keydown: (event) => this.#move(event, paths, path) } });
    });
    const hadFocus = this.list.contains(document.activeElement);
    this.list.replaceChildren(...tabs);
    if (hadFocus) this.list.querySelector("[aria-selected=true]")?.focus();
  }

  /** Draw the choice of pages if there is one; return the client whose copy was chosen, or "". */
  #drawPages(state, path) {
    const owners = clientsOf(state, path);
    const chosen = owners.includes(this.copies.get(path)) ? this.copies.get(path) : "";
    const latest = state.currentClient.get(path);
    const key = JSON.stringify([path, owners, chosen, latest]);
    if (key === this.pagesKey) return chosen;
    this.pagesKey = key;
    this.pages.hidden = owners.length < 2;
    const all = [...new Set([...state.byClient.keys()].map((each) => each.slice(0, each.indexOf("\u0000"))))];
    const nameOf = (client) => `page ${all.indexOf(client) + 1}`;
    const options = ["", ...owners].map((client) =>
      element("option", { value: client, selected: client === chosen, text: client ? nameOf(client) : `changed last (${nameOf(latest)})` }),
    );
    const choose = (event) => {
      this.copies.set(path, event.target.value);
      this.onChange();
    };
    const choice = element("select", { "aria-label": `Copy of ${path} to show`, on: { change: choose } }, ...options);
    this.pages.replaceChildren(`Open in ${owners.length} pages; shown: `, choice);
    return chosen;
  }

  #move(event, paths, path) {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = direction && paths[paths.indexOf(path) + direction];
    if (next) this.#show(next);
  }

  #show(path) {
    this.path = path;
    this.onChange();
  }
}
