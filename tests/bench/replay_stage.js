/**
 * Runs in an empty page: shows a recording in the real widget and times it. The page gives the widget what every host
 * of anywidget gives: a model with traits and an element. Loading ends, and so does a seek, when the widget has drawn
 * and the browser has laid out what it drew.
 */
async ([stage, seeks, seed]) => {
  const traits = { payload: new DataView(await (await fetch(`${stage}/payload`)).arrayBuffer()), position: 0 };
  const listeners = {};
  const model = {
    get: name => traits[name],
    set: (name, value) => {
      traits[name] = value;
      listeners[`change:${name}`]?.();
    },
    on: (name, listener) => { listeners[name] = listener; },
    off: name => { delete listeners[name]; },
    save_changes: () => undefined,
    send: () => undefined
  };
  const { default: widget } = await import(`${stage}/player.js`);
  const el = document.getElementById('stage');
  const drawn = () => {
    el.getBoundingClientRect();
    return Number(el.querySelector('[data-position]').dataset.position);
  };
  const frame = () => new Promise(done => requestAnimationFrame(done));

  let begun = performance.now();
  const stop = await widget.render({ model, el });
  drawn();
  const loadMs = performance.now() - begun;

  const length = Number(el.querySelector('.nbr-clock, .nbr').textContent.match(/of (\d+)/)[1]);
  const seekMs = [];
  let state = seed;
  for (let index = 0; index < seeks; index += 1) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const position = 1 + (state % length);
    await frame();
    begun = performance.now();
    model.set('position', position);
    const shown = drawn();
    seekMs.push(performance.now() - begun);
    if (shown !== position) throw new Error(`asked for ${position}, saw ${shown}`);
  }
  stop();
  return { loadMs, seekMs, length };
}
