// Comfort in lists: ticking all rows of a page, "/" for the search, and copying identifiers. Every page works without this file: the
// bar below a list offers the same choices, and text can be selected.
'use strict';

(() => {
  const typing = (element) => element.closest?.('input, textarea, select, [contenteditable]');

  // "/" leads to the search, as in other lists on the web.
  addEventListener('keydown', (event) => {
    const search = document.getElementById('search');
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || !search || typing(event.target)) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // Ticks

  const form = document.getElementById('batch');
  const ticks = () => [...document.querySelectorAll('input[name=user][form=batch]')];
  const head = document.querySelector('th.pick');

  if (form && head && ticks().length > 0) {
    const all = document.createElement('input');
    all.type = 'checkbox';
    all.setAttribute('aria-label', `Choose all ${ticks().length} on this page`);
    head.replaceChildren(all);
    const count = () => {
      const ticked = ticks().filter((tick) => tick.checked).length;
      all.checked = ticked > 0 && ticked === ticks().length;
      all.indeterminate = ticked > 0 && !all.checked;
      form.querySelector('[data-ticked]').textContent = ticked > 0 ? `${ticked} ticked` : '';
    };
    all.addEventListener('change', () => {
      for (const tick of ticks()) tick.checked = all.checked;
      count();
    });
    addEventListener('change', (event) => {
      if (!event.target.matches?.('input[name=user][form=batch]')) return;
      form.elements.scope.value = 'ticked';
      count();
    });
    count(); // a browser that comes back keeps the ticks
  }

  // An import goes on by itself, as the button does.
  document.querySelector('form[data-go-on]')?.requestSubmit();

  // Copying

  function offerCopies(root) {
    for (const text of root.querySelectorAll?.('[data-copy]:not(button)') ?? []) {
      if (!navigator.clipboard || text.nextElementSibling?.matches('.copy-text')) continue;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'small copy-text';
      button.textContent = 'Copy';
      button.setAttribute('aria-label', `Copy the ${text.dataset.copy}`);
      const said = document.createElement('span');
      said.setAttribute('role', 'status');
      button.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(text.textContent.trim());
          said.textContent = ' Copied';
        } catch {
          said.textContent = ' Copying is not allowed here. Select the text instead.';
        }
      });
      text.after(button, said);
    }
  }
  offerCopies(document);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) offerCopies(node);
  }).observe(document.getElementById('main'), { childList: true, subtree: true });
})();
