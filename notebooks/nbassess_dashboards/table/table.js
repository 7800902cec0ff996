/** A table that sorts by its headers, filters by a text, and may link each row. Plain elements; every text goes in as text. */

const APP_PATH = "/voila/render/";

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** Compare two cells: numbers as numbers, texts as texts with numbers in them, empty cells always last. */
export function compareCells(first, second, direction) {
  if (first === null || second === null) return (first === null) - (second === null);
  const difference =
    typeof first === "number" && typeof second === "number" ? first - second : String(first).localeCompare(String(second), undefined, { numeric: true });
  return difference * direction;
}

/** Return the rows that hold every word of a filter text, sorted by a column (null keeps the order). */
export function chosenRows(rows, { filter, column, direction }) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter((row) => {
    const text = row.cells.map((cell) => cell.text).join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  if (column === null) return kept;
  return [...kept].sort((a, b) => compareCells(a.cells[column].value, b.cells[column].value, direction));
}

class TableView {
  constructor(model, el) {
    this.model = model;
    this.view = { filter: "", column: null, direction: 1 };
    this.body = make("tbody");
    this.count = make("span", { class: "nbt-count", role: "status" });
    this.headers = [];
    this.node = make("div", { class: "nbt", "data-lm-suppress-shortcuts": "true" });
    this.node.addEventListener("keydown", (event) => event.stopPropagation());
    el.replaceChildren(this.node);
    this.build();
  }

  build() {
    const { columns, caption, can_filter: canFilter } = this.model.get("content");
    const head = make("tr", {}, ...columns.map((column, index) => this.header(column, index)));
    const table = make("table", {}, make("caption", {}, caption), make("thead", {}, head), this.body);
    const wrap = make("div", { class: "nbt-wrap", tabindex: "0", role: "region", "aria-label": caption }, table);
    this.node.replaceChildren(...(canFilter ? [this.filter()] : []), wrap);
    this.draw();
  }

  filter() {
    const input = make("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows" });
    input.value = this.view.filter;
    input.addEventListener("input", () => {
      this.view.filter = input.value;
      this.draw();
    });
    return make("div", { class: "nbt-filter" }, input, this.count);
  }

  header(column, index) {
    const arrow = make("span", { class: "nbt-arrow", "aria-hidden": "true" });
    const button = make("button", { type: "button" }, column.title, arrow);
    button.addEventListener("click", () => this.sort(index));
    const cell = make("th", { scope: "col", class: column.is_number ? "nbt-number" : null }, button);
    this.headers[index] = { cell, arrow };
    return cell;
  }

  sort(index) {
    const { column, direction } = this.view;
    const first = this.model.get("content").columns[index].is_number ? -1 : 1;
    this.view.direction = column === index ? -direction : first;
    this.view.column = index;
    this.draw();
  }

  draw() {
    const { columns, rows, empty } = this.model.get("content");
    const chosen = chosenRows(rows, this.view);
    this.headers.forEach(({ cell, arrow }, index) => {
      const isSorted = index === this.view.column;
      cell.setAttribute("aria-sort", isSorted ? (this.view.direction > 0 ? "ascending" : "descending") : "none");
      arrow.textContent = isSorted ? (this.view.direction > 0 ? "▲" : "▼") : "";
    });
    const nothing = make("tr", {}, make("td", { colspan: columns.length, class: "nbt-empty" }, rows.length ? "No row matches the filter." : empty));
    this.body.replaceChildren(...(chosen.length ? chosen.map((row) => this.row(row, columns)) : [nothing]));
    this.count.textContent = `${chosen.length} of ${rows.length} rows`;
  }

  row(row, columns) {
    const cells = row.cells.map(({ text, tone }, index) => {
      const content = index === 0 && row.link ? this.link(row.link, text) : text;
      const classes = [columns[index].is_number && "nbt-number", tone && `nbt-tone-${tone}`].filter(Boolean).join(" ");
      return make(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: classes || null }, content);
    });
    return make("tr", { "data-key": row.key }, ...cells);
  }

  link(target, text) {
    const isApp = location.pathname.includes(APP_PATH);
    const newTab = isApp ? {} : { target: "_blank", rel: "noopener" };
    return make("a", { href: addressOf(target, location, serverBase()), ...newTab }, text);
  }
}

function serverBase() {
  try {
    return JSON.parse(document.getElementById("jupyter-config-data").textContent).baseUrl;
  } catch {
    return "/";
  }
}

/** Return where a row leads: beside this page in Voilà, else to the Voilà page of the folder that JupyterLab shows. */
export function addressOf({ notebook, folder, query }, { pathname }, base) {
  const target = `${encodeURIComponent(notebook)}?${new URLSearchParams(query)}`;
  if (pathname.includes(APP_PATH)) return target;
  const shown = /\/(?:lab(?:\/workspaces\/[^/]+)?\/tree|doc(?:\/workspaces\/[^/]+)?\/tree|notebooks)\/(.+)\/[^/]+$/.exec(pathname);
  const steps = shown ? shown[1] : folder.split("/").map(encodeURIComponent).join("/");
  return `${base.replace(/\/*$/, "")}${APP_PATH}${steps ? `${steps}/` : ""}${target}`;
}

function render({ model, el }) {
  const view = new TableView(model, el);
  const redraw = () => view.build();
  model.on("change:content", redraw);
  return () => model.off("change:content", redraw);
}

export default { render };
