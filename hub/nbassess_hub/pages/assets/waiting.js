// Ask how far the server is, show it, and go on when it is ready.
const box = document.getElementById('waiting');
const bar = document.getElementById('wait-bar');
const message = document.getElementById('wait-message');
const EVERY_MS = 300;
const AFTER_FAILURE_MS = 2000;

function showFailure(text) {
  document.getElementById('wait-running').hidden = true;
  document.getElementById('wait-failed').hidden = false;
  document.getElementById('wait-problem').textContent = `The server did not start: ${text}`;
}

function showProgress(progress) {
  bar.value = progress.percent;
  if (message.textContent !== progress.message) {
    message.textContent = progress.message;
  }
}

async function look() {
  const response = await fetch(box.dataset.progress);
  const progress = await response.json();
  if (!response.ok) {
    message.textContent = progress.error?.message ?? 'The service is busy; looking again.';
    return AFTER_FAILURE_MS;
  }
  if (progress.next) {
    location.replace(progress.next);
    return null;
  }
  if (progress.state === 'failed') {
    showFailure(progress.message);
    return null;
  }
  showProgress(progress);
  return EVERY_MS;
}

async function keepLooking() {
  let pause;
  try {
    pause = await look();
  } catch {
    message.textContent = 'The service cannot be reached; looking again.';
    pause = AFTER_FAILURE_MS;
  }
  if (pause !== null) {
    setTimeout(keepLooking, pause);
  }
}

if (box.dataset.state !== 'failed') {
  keepLooking();
}
