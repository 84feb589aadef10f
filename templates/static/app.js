// Comfort in the apps that people are signed in to: a button that prints, menus by keyboard, and a drawer that opens without
// leaving the list. Every page works without this file: a menu is a <details>, and a person in the drawer has an address of their own.
'use strict';

for (const offer of document.querySelectorAll('[data-print]')) {
  offer.hidden = false;
  offer.querySelector('button').addEventListener('click', () => print());
}

(() => {
  const menus = () => [...document.querySelectorAll('details.menu')];
  const lines = (menu) => [...menu.querySelectorAll('.menu-items :is(a, button, [tabindex])')];

  function shut(menu, focus) {
    if (!menu.open) return;
    menu.open = false;
    if (focus) menu.querySelector('summary').focus();
  }

  // A menu closes when something else is chosen or focused.
  addEventListener('click', (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) shut(menu, false);
  });
  addEventListener('focusin', (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) shut(menu, false);
  });

  // menuKey returns whether the key was for the menu.
  function menuKey(key, menu) {
    const all = lines(menu);
    const at = all.indexOf(document.activeElement);
    const go = (index) => {
      menu.open = true;
      all[(index + all.length) % all.length]?.focus();
      return true;
    };
    switch (key) {
      case 'ArrowDown': return go(at + 1);
      case 'ArrowUp': return go(at < 0 ? all.length - 1 : at - 1);
      case 'Home': return menu.open && go(0);
      case 'End': return menu.open && go(all.length - 1);
      case 'Escape':
        if (!menu.open) return false;
        shut(menu, true);
        return true;
      default: return false;
    }
  }

  // The drawer

  const split = () => document.querySelector('[data-split]');
  const link = (event) => event.target.closest?.('a[href]');
  const plain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const wide = () => matchMedia('(min-width: 64rem)').matches;
  let asked = 0;
  let place = null; // where the list was, when a drawer opened in this page

  // show puts what the address answers in place of the list and the drawer. Anything that is not such a page (a sign-in, an
  // error) is opened as a page of its own. The list stays where it is: on a wide screen the drawer lies over it ("over"), and on
  // a small one the list is scrolled back when the drawer is gone. With stay, the focus is left where it is.
  async function show(address, push, stay) {
    const turn = ++asked;
    let answer, page;
    try {
      answer = await fetch(address, { headers: { Accept: 'text/html' }, redirect: 'error' });
      page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    } catch {
      return location.assign(address);
    }
    if (turn !== asked) return; // something else was chosen meanwhile
    const next = page.querySelector('[data-split]');
    const now = split();
    if (!answer.ok || !next || !now) return location.assign(address);
    if (push) history.pushState(null, '', address.split('#')[0]); // the row of the person is for browsers without scripts
    at = here();
    document.title = page.title;
    const was = now.querySelector('.drawer');
    const drawer = next.querySelector('.drawer');
    const left = now.querySelector('.pane a.name[aria-current]');
    if (!was) place = scrollY;
    was?.remove();
    now.classList.toggle('open', Boolean(drawer));
    now.classList.toggle('over', Boolean(drawer) && place !== null);
    mark(now, next);
    if (!drawer) return closed(left ?? document.getElementById('main'), stay);
    if (!was) drawer.classList.add('arrives');
    now.append(drawer);
    drawer.focus({ preventScroll: true });
    if (!wide()) scrollTo(0, 0);
  }

  // closed shows the list where it was, with the focus on the name whose drawer it was.
  function closed(name, stay) {
    if (place !== null) scrollTo(0, place);
    place = null;
    if (stay) return;
    name.focus({ preventScroll: true });
    name.scrollIntoView({ block: 'nearest' });
  }

  // What gets the focus under a drawer would not be seen: the drawer closes.
  addEventListener('focusin', (event) => {
    const drawer = document.querySelector('.split.over > .drawer');
    if (!drawer || !wide() || drawer.contains(event.target)) return;
    const covered = event.target.getBoundingClientRect().right > drawer.getBoundingClientRect().left;
    if (covered && !event.target.matches('.pane a.name')) show(drawer.querySelector('a.close').href, true, true);
  });

  // mark shows in the list whose drawer is open. The rest of the list stays as it is, with its place on the screen.
  function mark(now, next) {
    const rows = [...next.querySelectorAll('.pane tr[data-row]')];
    for (const row of now.querySelectorAll('.pane tr[data-row]')) {
      const fresh = rows.find((r) => r.dataset.row === row.dataset.row);
      row.classList.toggle('here', Boolean(fresh?.classList.contains('here')));
      const name = row.querySelector('a.name');
      const other = fresh?.querySelector('a.name');
      if (name && other?.hasAttribute('aria-current')) name.setAttribute('aria-current', 'true');
      else name?.removeAttribute('aria-current');
    }
  }

  addEventListener('click', (event) => {
    const a = link(event);
    if (!split() || !a || !plain(event) || !a.matches('[data-drawer]')) return;
    event.preventDefault();
    show(a.href, true);
  });

  // A step to a part of the same page (the skip link) is no change of the drawer.
  const here = () => location.pathname + location.search;
  let at = here();
  addEventListener('popstate', () => {
    if (!split() || here() === at) return;
    show(location.href, false);
  });

  addEventListener('keydown', (event) => {
    const menu = event.target.closest?.('details.menu');
    if (menu && menuKey(event.key, menu)) return event.preventDefault();
    if (event.key !== 'Escape') return;
    const close = split()?.querySelector('.drawer a.close');
    if (!close || event.target.matches?.('input, textarea, select')) return;
    event.preventDefault();
    close.click();
  });
})();
