/** Addresses of moments: `?sitting=ID#t=1830` opens a sitting at that second, in Voilà and in JupyterLab alike. */
import { readTime } from "./dom.js";

const APP = "/voila/render/";

/** Return the base URL of this Jupyter server, with a slash at its end. */
export function serverBase() {
  try {
    return JSON.parse(document.getElementById("jupyter-config-data").textContent).baseUrl.replace(/\/*$/, "/");
  } catch {
    return "/";
  }
}

/** Return whether this page is a Voilà app. */
export function isApp({ pathname }) {
  return pathname.includes(APP);
}

/** Return a path of this server as part of an address. */
export function encodePath(path) {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Return {sitting, ms} that an address asks for; either may be null. What JupyterLab took out of its own address is remembered by our extension. */
export function wantedMoment({ search, hash }) {
  const query = new URLSearchParams(search);
  const fragment = new URLSearchParams(hash.replace(/^#/, ""));
  return { sitting: query.get("sitting") ?? fragment.get("sitting"), ms: readTime(fragment.get("t")) };
}

/** Return the address that opens a sitting at a moment. `notebook` is this page's notebook on its server. */
export function momentLink({ origin, pathname, search }, base, notebook, sitting, ms) {
  const query = new URLSearchParams({ sitting });
  const theme = new URLSearchParams(search).get("theme");
  if (isApp({ pathname }) && theme) query.set("theme", theme);
  const page = isApp({ pathname }) || !notebook ? pathname : `${base}lab/tree/${encodePath(notebook)}`;
  return `${origin}${page}?${query}#t=${Math.floor(ms / 1000)}`;
}

/** Return the address of this page, or the one that it was opened with where JupyterLab has changed it since. */
export function openedWith() {
  const opened = globalThis.nbassessOpenedWith;
  return wantedMoment(location).ms !== null || !opened ? location : opened;
}
