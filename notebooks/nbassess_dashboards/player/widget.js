/**
 * The replay as an anywidget: the recording comes once, as gzipped JSON in the trait `payload`. The trait `position` goes both ways: Python may
 * set it to seek; it follows whenever the playback rests. Messages ask Python for what only it can do: newer records, a notebook of a moment.
 */
import { openedWith, wantedMoment } from "./address.js";
import { element } from "./dom.js";
import { Player } from "./player.js";

const LONGEST_FRAME_MS = 250;

async function readPayload(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function animate(player) {
  let last = null;
  let frame = 0;
  const step = (now) => {
    // The next frame comes whatever happens in this one.
    frame = requestAnimationFrame(step);
    try {
      player.tick(last === null ? 0 : Math.min(LONGEST_FRAME_MS, now - last), now);
    } finally {
      last = player.playback.isPlaying ? now : null;
    }
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}

/** Return the moment that an address asks for, or null if it asks for none of this sitting. */
function asked(player, address) {
  const { sitting, ms } = wantedMoment(address);
  return sitting && sitting !== player.payload.sitting ? null : ms;
}

/** Show the moment that an address asks for, if it asks for one of this sitting. */
function goTo(player, address) {
  const ms = asked(player, address);
  if (ms !== null) player.playback.seekMs(ms);
}

/** Show the first moment: that of the address, that of Python, the newest one of a running sitting, or the start. */
function begin(player, position) {
  const ms = asked(player, openedWith());
  // A view that is drawn again stays where its reader is, to the millisecond if that is still the moment of the address.
  const isThere = ms !== null && (!position || player.playback.replay.positionAt(ms) === position);
  if (isThere) player.playback.seekMs(ms);
  else if (!position && player.feed.isRunning) player.playback.follow();
  else player.playback.seek(position);
}

async function render({ model, el }) {
  el.replaceChildren(element("p", { class: "nbr-loading", role: "status", text: "Loading the recording …" }));
  const payload = await readPayload(model.get("payload"));
  let told = { position: -1, ms: 0 };
  const settled = (position) => {
    if (position === model.get("position")) return;
    told = { position, ms: player.playback.nowMs };
    model.set("position", position);
    model.save_changes();
  };
  const player = new Player(payload, { settled, send: (question) => model.send(question) });
  el.replaceChildren(player.node);
  const onPosition = () => {
    const position = model.get("position");
    if (position === player.playback.position) return;
    // The kernel may send what it had before it heard of us, and then what we told it: that is the moment we were at.
    if (position === told.position) player.playback.seekMs(told.ms);
    else player.playback.seek(position);
  };
  const onMessage = (message) => player.receive(message, performance.now());
  const onHash = () => goTo(player, location);
  model.on("change:position", onPosition);
  model.on("msg:custom", onMessage);
  window.addEventListener("hashchange", onHash);
  const stop = animate(player);
  try {
    begin(player, model.get("position"));
  } catch (error) {
    console.warn("nbassess: the first moment cannot be shown", error);
    player.status.tell("This moment cannot be shown; move to another one.");
  }
  return () => {
    stop();
    model.off("change:position", onPosition);
    model.off("msg:custom", onMessage);
    window.removeEventListener("hashchange", onHash);
  };
}

export default { render };
