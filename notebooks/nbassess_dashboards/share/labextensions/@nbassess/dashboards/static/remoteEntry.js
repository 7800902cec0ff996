/**
 * A JupyterLab extension of one plugin: a dashboard notebook runs when it is opened, so that whoever opens it sees figures, not code.
 *
 * Only notebooks that say so in their metadata (nbassess.run_on_open) run. They come with the analyst image, whose reader holds no more than
 * the reader's own scopes. What lies below a folder called `replays` holds a candidate's code ("Open here" writes there) and never runs by
 * itself, whatever its metadata says. If this plugin is missing, Run All does the same.
 *
 * JupyterLab loads extensions as module-federation containers: an object with init(share scope) and get(module). This is one, written
 * by hand because a plugin without dependencies of its own needs no bundler.
 */
(() => {
  const NAME = "@nbassess/dashboards";
  let scope = {};

  // JupyterLab rewrites its address while it starts; the replay's links to a moment need what it was opened with.
  globalThis.nbassessOpenedWith ??= { search: location.search, hash: location.hash };

  async function shared(name) {
    const [offer] = Object.values(scope[name] ?? {});
    if (!offer) throw new Error(`${NAME}: this JupyterLab does not share ${name}`);
    return (await offer.get())();
  }

  // A path may begin with the name of a drive ("RTC:replays/…").
  function isReplayed(path) {
    return path.split(/[/:]/).includes("replays");
  }

  async function runWhenReady(panel, NotebookActions) {
    await panel.context.ready;
    if (isReplayed(panel.context.path)) return;
    if (panel.context.model.getMetadata("nbassess")?.run_on_open !== true) return;
    await panel.sessionContext.ready;
    if (!panel.isDisposed) await NotebookActions.runAll(panel.content, panel.sessionContext);
  }

  async function extension() {
    const { INotebookTracker, NotebookActions } = await shared("@jupyterlab/notebook");
    const plugin = {
      id: `${NAME}:run-on-open`,
      description: "Runs a dashboard notebook when it is opened.",
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, tracker) => {
        const start = (panel) => {
          runWhenReady(panel, NotebookActions).catch((error) => console.warn(`${NAME}: the dashboard did not start`, error));
        };
        tracker.forEach(start);
        tracker.widgetAdded.connect((sender, panel) => start(panel));
      },
    };
    return { __esModule: true, default: plugin };
  }

  const container = {
    init: async (shareScope) => {
      scope = shareScope;
    },
    get: async () => {
      const module = await extension();
      return () => module;
    },
  };
  globalThis._JUPYTERLAB = globalThis._JUPYTERLAB ?? {};
  globalThis._JUPYTERLAB[NAME] = container;
})();
