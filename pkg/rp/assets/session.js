// The session of a page of an APS app. Loaded as <script src="/auth/session.js" defer></script>, it
//   - tells the app of the person's input (POST activity, {"idle_seconds": n}), over all tabs at most once a minute, or in a quarter
//     of the limit of inactivity;
//   - warns before the session ends, and lets the person stay (WCAG 2.2, 2.2.1);
//   - covers the page once the session is over and keeps what was typed on it for the same person.
// It asks how the session stands (GET session) once a minute; asking keeps nothing alive.
//
// For the app: "aps:signed-out" and "aps:signed-in" are dispatched on document; dispatch "aps:check" there after an answer
// 401 to have the page look at once. Fields within data-aps-keep="no" are never stored.
(() => {
  "use strict";

  const script = document.currentScript;
  const base = new URL(".", script.src);
  const at = name => new URL(name, base).href;
  const minute = 60_000;
  const now = () => Date.now();

  // What is known. Times are in milliseconds; person is null until the app has said whose page this is.
  let person = null, draftKey = null, home = "/", signin = at("login");
  let ends = Infinity, idle = 0, idleEnds = Infinity, lifetimeWarning = 2 * minute;
  let input = 0, told = 0, reported = 0; // the newest input of any tab, the newest one told, and when that was
  let contact = 0, checking = null, covered = false, timer = 0;
  const title = document.title, root = document.documentElement;

  // --- tabs -------------------------------------------------------------------------------------------------------------

  const shared = "aps-session " + base.pathname;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(shared) : null;
  const tell = message => {
    if (channel) channel.postMessage(message);
    else try { localStorage.setItem(shared, JSON.stringify({ ...message, once: Math.random() })); } catch { /* no storage: one tab */ }
  };
  const hear = message => {
    switch (message?.kind) {
      case "input":
        if (!covered && message.at > input && message.at <= now() + 1000) input = message.at;
        return plan();
      case "report":
        [reported, told] = [Math.max(reported, message.at), Math.max(told, message.input)];
        return plan();
      case "check":
        return void checkAnew();
      case "alive":
        if (covered || person && message.person !== person) checkAnew();
        return;
      case "leaving":
        for (const wait of [300, 1500, 4000]) setTimeout(check, wait);
    }
  };
  if (channel) channel.onmessage = event => hear(event.data);
  else addEventListener("storage", event => { if (event.key === shared && event.newValue) hear(JSON.parse(event.newValue)); });

  // --- the app ----------------------------------------------------------------------------------------------------------

  const call = async (name, options) => {
    contact = now();
    const signal = AbortSignal.timeout(15_000);
    const response = await fetch(at(name), { credentials: "same-origin", cache: "no-store", redirect: "error", signal, ...options });
    if (response.ok) await take(await response.json());
    else if (response.status === 401) await end(await response.json());
    else throw new Error("status " + response.status);
  };

  // state is written where the app's own styles and tests can read it: <html data-aps-session="alive|warned|ended">.
  const mark = state => { root.dataset.apsSession = state; };

  // check asks how the session stands. An app that can't be reached changes nothing, except that time is over when it is over.
  const check = () => checking ??= call("session", { headers: { Accept: "application/json" } })
    .catch(() => { if (person && now() >= endsAt()) return end({}); })
    .finally(() => { checking = null; plan(); });
  const checkAnew = () => checking ? checking.then(check) : check(); // the answer under way may be older than the reason to ask

  const report = async () => {
    const before = told;
    [reported, told] = [now(), input];
    tell({ kind: "report", at: reported, input });
    try {
      await call("activity", {
        method: "POST", keepalive: true, headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ idle_seconds: Math.max(0, Math.floor((now() - input) / 1000)) }),
      });
    } catch {
      told = Math.min(told, before); // tried again with the next one
    }
    plan();
  };

  // take believes what the app says of a living session, and gives the page back to its person or to nobody.
  const take = async standing => {
    if (person && standing.person !== person) { // somebody else signed in in this browser
      cover("");
      return location.replace(home);
    }
    if (!person) {
      person = standing.person;
      lifetimeWarning = Math.min(2 * minute, standing.expires_in * 1000 / 3);
      draftKey = await importKey(standing.draft_key);
      await restoreDraft();
      mark("alive");
      tell({ kind: "alive", person });
    }
    home = standing.home ?? home;
    idle = standing.idle_timeout * 1000;
    ends = now() + standing.expires_in * 1000;
    idleEnds = idle ? now() + standing.idle_expires_in * 1000 : Infinity;
    if (covered) uncover();
  };

  const end = async answer => {
    if (!person || covered) return;
    signin = answer.signin ? new URL(answer.signin, base).href : at("login?return=" + encodeURIComponent(base.pathname + "signed-in"));
    const reason = answer.reason || (now() >= ends - 1500 ? "lifetime" : now() >= idleEnd() - 1500 ? "idle" : "");
    cover(reason);
    tell({ kind: "check" });
    await saveDraft();
  };

  // --- input ------------------------------------------------------------------------------------------------------------

  // Only what a person does counts: no event that a script made, no key that something lies on, no pointer that stands still,
  // no scrolling that the page does itself. While the warning is open, its own buttons decide.
  const felt = event => {
    if (!event.isTrusted || event.repeat || covered || warning() || !person) return;
    if (event.type === "pointermove" && !event.movementX && !event.movementY) return;
    if (now() - input < 1000) return;
    active();
    plan();
  };
  const active = () => {
    input = now();
    tell({ kind: "input", at: input });
  };
  // Who dictates or pastes makes no key move (beforeinput), nor does who presses by way of assistive technology (click).
  for (const type of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "touchmove", "beforeinput", "click"])
    addEventListener(type, felt, { capture: true, passive: true });

  // --- time -------------------------------------------------------------------------------------------------------------

  const reportEvery = () => idle ? Math.min(minute, idle / 4) : minute;
  const idleEnd = () => idle ? Math.max(idleEnds, input + idle) : Infinity;
  const endsAt = () => Math.min(ends, idleEnd());

  // plan does what is due and sets the one timer for what comes next.
  const plan = () => {
    clearTimeout(timer);
    if (!person) return;
    const moment = now();
    if (covered) return;
    let next = contact + minute;
    if (moment >= next) { check(); next = moment + minute; }
    if (input > told) {
      const due = reported + reportEvery();
      if (moment >= due) report();
      next = Math.min(next, Math.max(due, moment + 1000));
    }
    if (moment >= endsAt()) { if (moment - contact > 400) check(); next = moment + 450; }
    const idling = idleEnd() < ends;
    const warns = idling ? idleEnd() - Math.min(2 * minute, idle / 3) : ends - lifetimeWarning;
    if (moment >= warns) { warn(idling); next = Math.min(next, moment + 1000); }
    else { unwarn(); next = Math.min(next, warns); }
    timer = setTimeout(plan, Math.min(Math.max(next - now(), 50), minute));
  };

  const look = () => { if (document.visibilityState === "visible" && person && now() - contact > 2000) check(); else plan(); };
  addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("online", look);
  // A page that the browser keeps for its Back button is put away hidden: whoever comes back to it may be somebody else.
  addEventListener("pageshow", event => { if (event.persisted) checkAnew().finally(() => { if (!covered) root.classList.remove("aps-covered"); }); });
  addEventListener("pagehide", event => {
    if (input > told && !covered) report();
    if (event.persisted && person) root.classList.add("aps-covered");
  });
  document.addEventListener("aps:check", checkAnew);
  document.addEventListener("submit", event => { if (event.target.action === at("logout")) tell({ kind: "leaving" }); });

  // --- what is shown ----------------------------------------------------------------------------------------------------

  const clock = time => new Date(time).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  let dialog = null, dismissed = false, spoken = "", shown = "", shownEnd = 0;
  const box = (kind, heading, text, ...actions) => {
    dialog ??= element("dialog", { id: "aps-session" });
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-labelledby", "aps-session-heading");
    dialog.setAttribute("aria-describedby", "aps-session-text");
    dialog.dataset.kind = shown = kind;
    mark(kind === "ended" ? "ended" : "warned");
    const status = element("p", { id: "aps-session-status", className: "aps-unseen" });
    status.setAttribute("role", "status");
    dialog.replaceChildren(element("div", {},
      element("h2", { id: "aps-session-heading", textContent: heading }),
      element("p", { id: "aps-session-text", textContent: text }),
      status,
      element("div", { className: "aps-actions" }, ...actions)));
    dialog.setAttribute("closedby", "none"); // by nothing but what is done here
    dialog.oncancel = event => event.preventDefault();
    dialog.onkeydown = event => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (!covered) stay();
    };
    dialog.onclose = () => { if (covered && !dialog.open) dialog.showModal(); };
    dialog.onclick = event => { if (event.target === dialog && !covered) stay(); };
    if (!dialog.isConnected) document.body.append(dialog);
    if (!dialog.open) dialog.showModal();
    actions[0].focus();
  };
  const warning = () => dialog?.open && !covered;
  const button = (words, act, quiet) => element("button", { type: "button", textContent: words, onclick: act, className: quiet ? "aps-quiet" : "" });

  const warn = idling => {
    if (dismissed && !idling) return;
    const kind = idling ? "idle" : "lifetime", time = clock(endsAt());
    if (!warning() || shown !== kind || Math.abs(endsAt() - shownEnd) > 5000) {
      spoken = "";
      shownEnd = endsAt();
      const out = button("Sign out now", leave, true);
      if (idling) box(kind, "Are you still there?", `You'll be signed out at ${time} because there has been no activity. Your work on this page is kept.`,
        button("Stay signed in", stay), out);
      else box(kind, "Your sign-in ends soon", `You'll be signed out at ${time} because this sign-in reaches its time limit. Your work on this page is kept.`,
        button("Close", stay), out);
      document.title = `Sign-out at ${time} - ${title}`;
    }
    // Read aloud at two minutes (the dialog itself), one minute and twenty seconds, and not every second between.
    const left = endsAt() - now(), words = left <= 20_500 ? "20 seconds left." : left <= 60_500 ? "One minute left." : "";
    if (words !== spoken && left > 1000) dialog.querySelector("[role=status]").textContent = spoken = words;
  };
  const unwarn = () => {
    dismissed = false;
    if (!warning()) return;
    mark("alive");
    dialog.close(); // the browser gives the focus back to where it was
    document.title = title;
  };
  // stay is the person's answer to the warning: it extends what can be extended.
  const stay = () => {
    if (shown === "lifetime") {
      active();
      unwarn();
      dismissed = true;
      return plan();
    }
    active();
    unwarn();
    report();
  };
  const leave = () => {
    tell({ kind: "leaving" });
    const form = element("form", { method: "post", action: at("logout"), hidden: true });
    document.body.append(form);
    form.submit();
  };

  // cover hides the page and keeps it: what was typed stays where it is, and nobody can see or reach it.
  let hidden = [], focused = null;
  const cover = reason => {
    if (covered) return;
    if (dialog?.open) dialog.close(); // and the focus is where it was on the page
    focused = document.activeElement;
    covered = true;
    root.classList.add("aps-covered");
    for (const each of document.body.children) {
      if (each.id === "aps-session" || each.inert) continue;
      hidden.push([each, each.style.getPropertyValue("visibility"), each.style.getPropertyPriority("visibility")]);
      each.inert = true;
      each.style.setProperty("visibility", "hidden", "important");
    }
    const why = {
      idle: `You were signed out at ${clock(now())} because there was no activity.`,
      lifetime: `You were signed out at ${clock(now())} because this sign-in reached its time limit.`,
      logout: "You signed out in another tab.",
    }[reason] ?? "Your session has ended.";
    const again = element("a", { href: signin, target: "_blank", rel: "noopener", textContent: "Sign in again" });
    box("ended", "You're signed out", `${why} Your work on this page is kept. Sign in again, which opens a new tab, and come back here to go on.`, again);
    document.title = "Signed out";
    document.dispatchEvent(new CustomEvent("aps:signed-out", { detail: { reason } }));
  };
  const uncover = () => {
    covered = false;
    mark("alive");
    root.classList.remove("aps-covered");
    for (const [each, visibility, priority] of hidden) {
      each.inert = false;
      each.style.setProperty("visibility", visibility, priority);
    }
    hidden = [];
    input = told = 0;
    dialog.close();
    focused?.focus();
    document.title = title;
    dropDraft();
    document.dispatchEvent(new CustomEvent("aps:signed-in"));
  };

  // --- what was typed ---------------------------------------------------------------------------------------------------

  // Should the covered page be loaded anew, what was typed waits in the tab's storage, sealed with the person's key, which the
  // app tells only to who is signed in as the same person.
  const draft = "aps-draft " + location.pathname + location.search;
  const importKey = async text => {
    if (!crypto.subtle || !text) return null;
    const raw = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  };
  const fields = () => {
    const count = {};
    return [...document.querySelectorAll("input, textarea, select")]
      .filter(f => (f.name || f.id) && !/^(password|file|hidden|submit|button|image|reset)$/.test(f.type) && !f.closest('[data-aps-keep="no"]'))
      .map(f => {
        const name = f.type + " " + (f.name || f.id);
        count[name] = (count[name] ?? 0) + 1;
        return [name + " " + count[name], f];
      });
  };
  const chosen = f => f.type === "checkbox" || f.type === "radio" ? f.checked : f.options ? [...f.options].map(o => o.selected) : f.value;
  const original = f => f.type === "checkbox" || f.type === "radio" ? f.defaultChecked : f.options ? null : f.defaultValue;
  const saveDraft = async () => {
    const typed = fields().filter(([, f]) => chosen(f) !== original(f)).map(([name, f]) => [name, chosen(f)]);
    if (!draftKey || !typed.length) return;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(typed));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, draftKey, text));
    let bytes = "";
    for (const b of [...iv, ...sealed]) bytes += String.fromCharCode(b);
    if (covered) try { sessionStorage.setItem(draft, btoa(bytes)); } catch { /* no room: the page itself still holds it */ }
  };
  const restoreDraft = async () => {
    let typed;
    try {
      const kept = sessionStorage.getItem(draft);
      if (!kept || !draftKey) return;
      const bytes = Uint8Array.from(atob(kept), c => c.charCodeAt(0));
      const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, 12) }, draftKey, bytes.slice(12));
      typed = new Map(JSON.parse(new TextDecoder().decode(text)));
    } catch { /* somebody else's: it is dropped */ }
    dropDraft();
    for (const [name, f] of typed ? fields() : []) {
      if (!typed.has(name)) continue;
      const value = typed.get(name);
      if (f.type === "checkbox" || f.type === "radio") f.checked = value;
      else if (f.options) [...f.options].forEach((o, i) => { o.selected = !!value[i]; });
      else f.value = value;
      f.dispatchEvent(new Event("input", { bubbles: true }));
      f.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const dropDraft = () => { try { sessionStorage.removeItem(draft); } catch { /* there is none */ } };

  document.head.append(element("link", { rel: "stylesheet", href: at("session.css") }));
  check();
})();
