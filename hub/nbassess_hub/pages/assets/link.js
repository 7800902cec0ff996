// Send the token behind the # and go on. The fragment never reaches a server, a log or a Referer by itself.
const box = document.getElementById('link');
const state = document.getElementById('link-state');
const again = document.getElementById('link-again');
const token = location.hash.slice(1);

function show(message) {
  document.getElementById('link-title').textContent = 'This did not work';
  state.textContent = message;
  state.className = 'problem';
}

async function exchange() {
  again.hidden = true;
  state.className = '';
  state.textContent = 'One moment …';
  let response;
  try {
    response = await fetch(box.dataset.exchange, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  } catch {
    show('The server cannot be reached. Your link has not been used; check your connection and try again.');
    again.hidden = false;
    return;
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) {
    location.replace(answer.next);
    return;
  }
  show(answer.error?.message ?? 'The server gave no answer that can be read. Try again in a minute.');
  again.hidden = response.status < 429;
}

document.getElementById('link-retry').addEventListener('click', exchange);
if (token) {
  exchange();
} else {
  show('This address is not complete: the part after the # is missing. Copy the whole link from the message you received.');
}
