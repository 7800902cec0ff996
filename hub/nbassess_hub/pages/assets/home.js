// Copy buttons, and a table of sittings that stays up to date.
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

const sittings = document.getElementById('sittings');

async function refresh() {
  // Somebody who is inside the table with keyboard or pointer is not interrupted.
  if (document.hidden || sittings.contains(document.activeElement) || sittings.matches(':hover')) {
    return;
  }
  const response = await fetch(location.pathname.replace(/home\/.*/, 'home')).catch(() => null);
  if (!response?.ok) {
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const fresh = page.getElementById('sittings');
  if (fresh) {
    sittings.replaceChildren(...fresh.childNodes);
  }
}

if (sittings) {
  setInterval(refresh, 1000 * Number(sittings.dataset.refreshS));
}
