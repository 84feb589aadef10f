// Comfort for the start page of the demo, which works without it: security codes that stay fresh.
'use strict';

const people = document.querySelector('[data-codes]');
if (people) keepFresh(people.dataset.codes);

// The server makes the codes and says how long they last; only the seconds are counted here, so that a wrong clock does not matter.
function keepFresh(address) {
  let end = performance.now() + 1000 * Number(document.querySelector('[data-left]')?.dataset.left);
  const tick = async () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    for (const note of document.querySelectorAll('[data-left]')) note.textContent = left > 0 ? `changes in ${left} s` : 'changing';
    if (left > 0 || document.hidden) return;
    end = performance.now() + 5000; // when the answer does not come
    const answer = await fetch(address);
    if (!answer.ok) return;
    const fresh = await answer.json();
    end = performance.now() + 1000 * fresh.seconds_left;
    for (const [username, code] of Object.entries(fresh.codes)) {
      const place = document.querySelector(`[data-code="${CSS.escape(username)}"]`);
      if (place) place.textContent = code;
    }
  };
  if (Number.isFinite(end)) setInterval(() => tick().catch(() => {}), 1000);
}
