// A form that is sent once, copy buttons, and tables that stay up to date.

// Loading the page again must not send the form again: the address of what a form made is the start page's.
if (location.pathname.includes('/home/')) {
  history.replaceState(null, '', location.pathname.replace(/home\/.*/, 'home'));
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const input = document.getElementById(button.dataset.copy);
    input.select();
    const said = document.getElementById(`${input.id}-copied`);
    try {
      await navigator.clipboard.writeText(input.value);
      said.textContent = 'Copied.';
    } catch {
      said.textContent = 'Selected: copy it with the keyboard.';
    }
  });
}

const EVERY_MS = 5000;
const tables = document.querySelectorAll('[data-refreshes]');

// Somebody who is inside a table with keyboard or pointer is not interrupted.
function isUsed(table) {
  return table.contains(document.activeElement) || table.matches(':hover');
}

async function refresh() {
  if (document.hidden || [...tables].every(isUsed)) {
    return;
  }
  const response = await fetch(location.pathname).catch(() => null);
  if (!response?.ok) {
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const table of tables) {
    const fresh = page.getElementById(table.id);
    if (fresh && !isUsed(table)) {
      table.replaceChildren(...fresh.childNodes);
    }
  }
}

if (tables.length > 0) {
  setInterval(refresh, EVERY_MS);
}
