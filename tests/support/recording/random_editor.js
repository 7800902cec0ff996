// A list of acts on the notebook in front, as numbers and texts that hypothesis drew; returns the notebook after each.
// Positions are parts of what is there, so that every list can be carried out.
async acts => {
  const panel = window.jupyterapp.shell.currentWidget;
  const shared = panel.context.model.sharedModel;
  const cellAt = part => shared.cells[Math.min(shared.cells.length - 1, Math.floor(part * shared.cells.length))];
  const within = (text, part) => Math.round(part * text.length);
  const view = cell => panel.content.widgets.find(widget => widget.model.sharedModel === cell)?.editor?.editor;
  let made = 0;
  const insert = (part, cell) => {
    const id = `${panel.context.path}-${Date.now()}-${made++}-${Math.random()}`;
    shared.insertCell(Math.round(part * shared.cells.length), { metadata: {}, ...cell, id });
  };
  const spliced = ({ cell, from, to, text }) => {
    const target = cellAt(cell);
    const source = target.getSource();
    const [begin, end] = [within(source, from), within(source, to)].sort((a, b) => a - b);
    return { target, source, begin, end, text };
  };
  const does = {
    splice: act => {
      const { target, begin, end, text } = spliced(act);
      target.updateSource(begin, end, text);
    },
    set: ({ cell, text }) => cellAt(cell).setSource(text),
    dispatch: act => {
      const { target, source, begin, end, text } = spliced(act);
      const editor = view(target);
      if (editor && editor.state.doc.toString() === source) {
        editor.dispatch({ changes: { from: begin, to: end, insert: text }, userEvent: act.event });
      }
    },
    transact: ({ acts: inner }) => shared.transact(() => inner.forEach(act => does[act.kind](act))),
    insert: ({ at, text, type }) => insert(at, { cell_type: type, source: text }),
    remove: ({ cell }) => {
      if (shared.cells.length > 1) {
        shared.deleteCell(shared.cells.indexOf(cellAt(cell)));
      }
    },
    move: ({ cell, at }) => {
      const to = Math.min(shared.cells.length - 1, Math.floor(at * shared.cells.length));
      shared.moveCell(shared.cells.indexOf(cellAt(cell)), to);
    },
    undo: () => shared.undo(),
    redo: () => shared.redo(),
    step: () => shared.undoManager.stopCapturing()
  };
  const states = [];
  const needsNoCell = ['insert', 'undo', 'redo', 'step'];
  for (const act of acts) {
    if (shared.cells.length > 0 || needsNoCell.includes(act.kind)) {
      does[act.kind](act);
    }
    // The recorder looks again, right after the change, at a text whose surrogate pairs were cut.
    await Promise.resolve();
    states.push(shared.cells.map(cell => [cell.getId(), cell.cell_type, cell.getSource()]));
  }
  return states;
}
