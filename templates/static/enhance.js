// Comfort for people whose browser runs scripts. Every page works without this file: it submits no form but the one that asks for a
// text message which had to wait, never moves focus while somebody types, and holds no text that matters.
'use strict';

for (const enhance of [focusAlert, revealSecrets, copyKey, countDown, nextCode, localTimes, fillFromMessage, submitOnce]) enhance();

// Screen readers start at the message when a form was rejected. Browsers that know autofocus on any element have done so.
function focusAlert() {
  addEventListener('load', () => {
    if (document.activeElement === document.body) document.querySelector('[data-focus]')?.focus();
  });
}

function revealSecrets() {
  for (const input of document.querySelectorAll('input[data-reveal]')) {
    const what = input.dataset.reveal;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'reveal';
    // A masked field is text under a mask of the style sheet; where the browser does not know the mask, it becomes a password.
    const masked = input.classList.contains('masked') && CSS.supports('-webkit-text-security', 'disc');
    let readable = false;
    const say = (shown) => {
      readable = shown;
      if (masked) input.classList.toggle('readable', shown);
      else input.type = shown ? 'text' : 'password';
      button.textContent = shown ? 'Hide' : 'Show';
      button.setAttribute('aria-label', (shown ? 'Hide ' : 'Show ') + what);
    };
    button.addEventListener('click', () => say(!readable));
    // A secret never stays readable in a form that leaves or is remembered by the browser.
    input.form.addEventListener('submit', () => say(false));
    say(false);
    input.parentElement.classList.add('with-reveal');
    input.after(button);
  }
}

function copyKey() {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (!navigator.clipboard) continue;
    const status = button.parentElement.querySelector('[role=status]');
    button.parentElement.hidden = false;
    button.addEventListener('click', async () => {
      const key = document.getElementById(button.dataset.copy).textContent.replaceAll(/\s/g, '');
      try {
        await navigator.clipboard.writeText(key);
        status.textContent = 'Copied';
      } catch {
        status.textContent = 'Copying is not allowed here. Select the key instead.';
      }
    });
  }
}

// The server says how long to wait; only the seconds are counted here, so that a wrong clock does not matter.
function countDown() {
  for (const button of document.querySelectorAll('button[data-wait]')) {
    const note = document.querySelector('[data-waiting]');
    const text = button.textContent;
    const end = performance.now() + Number(button.dataset.wait) * 1000;
    button.disabled = true;
    const itself = note?.querySelector('[data-itself]');
    if (itself) itself.classList.remove('unsaid');
    else note?.classList.add('unsaid'); // its place stays, so that nothing below it moves
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        button.textContent = `${text} (in ${left}\u00a0s)`;
        return;
      }
      clearInterval(timer);
      button.textContent = text;
      button.disabled = false;
      if (itself && !button.form.elements.code.value) {
        button.form.requestSubmit(button);
      } else if (note) {
        note.classList.remove('unsaid');
        note.textContent = 'You can ask for the code again now.';
      }
    };
    const timer = setInterval(tick, 500);
    tick();
  }
}

// Counts to the next code of an authenticator app. Screen readers hear the end only.
function nextCode() {
  for (const note of document.querySelectorAll('[data-next-code]')) {
    const end = performance.now() + Number(note.dataset.nextCode) * 1000;
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        note.textContent = `Your app shows the next code in about ${left}\u00a0s.`;
        return;
      }
      clearInterval(timer);
      note.setAttribute('role', 'status');
      note.textContent = 'Your app shows a new code now. Enter that one.';
    };
    const timer = setInterval(tick, 500);
    tick();
  }
}

// The server writes times by the clock of the practice, with the name of its zone. A reader whose clock says another hour gets
// them by that clock, in the same forms: idp.Place.
function localTimes() {
  const word = (at, parts) => new Intl.DateTimeFormat(document.documentElement.lang, parts).format(at);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const ofDay = (at, day) => at.toDateString() === day.toDateString();
  const forms = {
    clock(at) {
      const time = word(at, { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });
      if (ofDay(at, today)) return time;
      const year = at.getFullYear() === today.getFullYear() ? '' : ` ${at.getFullYear()}`;
      return `${time} on ${word(at, { weekday: 'long' })} ${at.getDate()} ${word(at, { month: 'long' })}${year}`;
    },
    moment(at) {
      let day = `${at.getDate()} ${word(at, { month: 'short' })} ${at.getFullYear()}`;
      if (ofDay(at, today)) day = 'Today';
      if (ofDay(at, yesterday)) day = 'Yesterday';
      return `${day}, ${word(at, { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' })}`;
    },
  };
  for (const time of document.querySelectorAll('time[data-form]')) {
    const at = new Date(time.dateTime);
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(time.dateTime) ?? ['', '+', 0, 0];
    const written = (sign === '-' ? -1 : 1) * (hours * 60 + Number(minutes));
    if (written !== -at.getTimezoneOffset()) time.textContent = forms[time.dataset.form](at);
  }
}

// WebOTP: fills the code from the text message. The person presses the button.
function fillFromMessage() {
  const input = document.querySelector('input[data-code]');
  if (!input || !('OTPCredential' in window) || !document.querySelector('main[data-step^=sms]')) return;
  const stop = new AbortController();
  input.form.addEventListener('submit', () => stop.abort());
  navigator.credentials.get({ otp: { transport: ['sms'] }, signal: stop.signal })
    .then((message) => { if (message && input.value === '') input.value = message.code; })
    .catch(() => {});
}

// A second click sends nothing. The button is disabled after the browser has read the form, so that its name goes along.
function submitOnce() {
  for (const form of document.querySelectorAll('form[method=post]')) {
    form.addEventListener('submit', (event) => setTimeout(() => {
      if (event.defaultPrevented) return; // another script sends it later, or not
      for (const button of form.querySelectorAll('button')) {
        if (button.disabled) continue;
        button.disabled = true;
        button.dataset.sent = '';
      }
    }, 0));
  }
  // Back to a page kept in memory, or a submission that never arrived: the buttons work again.
  addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll('button[data-sent]')) {
      button.disabled = false;
      delete button.dataset.sent;
    }
  });
}
