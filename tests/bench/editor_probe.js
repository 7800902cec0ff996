/**
 * Runs in a JupyterLab page: puts the cursor into one cell and notes, for every key that changes its text, how long
 * it took from the key to the moment when the editor had taken it in, with everybody who listens.
 *
 * The update listener is the last one the editor calls: editor state, screen and shared model are done by then, and so
 * are the recorder's observers, which the shared model calls. `event.timeStamp` is when the browser got the key, so a
 * key that waits while the page does something else (packing a batch, say) counts with its wait.
 */
async index => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  await notebook.scrollToItem(index);
  const cell = notebook.activeCell;
  await cell.ready;
  notebook.mode = 'edit';
  cell.editor.focus();
  const latencies = [];
  const probe = { total: 0, take: () => latencies.splice(0) };
  let happened = 0;
  window.addEventListener('keydown', event => {
    happened = event.timeStamp;
  }, { capture: true });
  const view = cell.editor.editor;
  cell.editor.injectExtension(
    view.constructor.updateListener.of(update => {
      if (update.docChanged) {
        latencies.push(performance.now() - happened);
        probe.total += 1;
      }
    })
  );
  window.probe = probe;
}
