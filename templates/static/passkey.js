// Passkeys: asks the browser for one, or to make one, and hands its answer to the form. Pages that use it offer another way beside it, and
// say so where there are no scripts, or no passkeys.
//
//   form[data-passkey=create|get|conditional][data-options]   its submit button starts what data-options, from the server, asks for; the
//                                                             answer goes into the input "credential", and the form is sent
//   [data-passkey-status]                                     where the form says what became of it
//   [data-passkey-needs], [data-passkey-lacks]                shown where there are passkeys, or are none
//   [data-passkey-accepted], [data-passkey-unknown]           what the browser's own list of passkeys is told
'use strict';

(() => {
  const api = window.PublicKeyCredential;
  let pending = null; // what the browser is being asked: it takes one question at a time

  for (const element of document.querySelectorAll('[data-passkey-needs]')) element.hidden = !api;
  for (const element of document.querySelectorAll('[data-passkey-lacks]')) element.classList.toggle('lacking', !api);
  if (!api) return;

  const forms = document.querySelectorAll('form[data-passkey]');
  for (const form of forms) form.addEventListener('submit', (event) => submitted(form, event));
  // Whatever is sent, the browser need not look for a passkey any more. Back on a page that was kept, an old answer is of no use.
  addEventListener('submit', (event) => { if (!event.defaultPrevented) stop(); });
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    for (const form of forms) form.elements.credential.value = '';
    offer();
  });
  offer();
  tell();

  // Another button than the main one, and a form that holds an answer, go their way.
  function submitted(form, event) {
    if (event.submitter?.name === 'action' || form.elements.credential.value !== '') return;
    event.preventDefault();
    ask(form);
  }

  async function ask(form) {
    stop();
    const asking = pending = new AbortController();
    const busy = form.querySelector('button:not([name])');
    const held = document.activeElement === busy;
    busy.disabled = true;
    say(form, 'Follow what your device shows you.');
    try {
      const answer = form.dataset.passkey === 'create' ?
        await navigator.credentials.create({ publicKey: creation(form), signal: asking.signal }) :
        await navigator.credentials.get({ publicKey: request(form), signal: asking.signal });
      busy.disabled = false;
      send(form, answer);
    } catch (error) {
      busy.disabled = false;
      if (pending !== asking) return; // given up for something else
      pending = null;
      if (held) busy.focus(); // a button that is disabled loses the focus
      say(form, words(error, form.dataset.passkey));
      offer();
    }
  }

  // Passkeys among what the browser offers to fill in. It waits beside whatever is typed, and nothing is said when nothing comes of it.
  async function offer() {
    const form = document.querySelector('form[data-passkey=conditional]');
    if (!form || pending || !await api.isConditionalMediationAvailable?.() || pending) return;
    const asking = pending = new AbortController();
    try {
      send(form, await navigator.credentials.get({ publicKey: request(form), mediation: 'conditional', signal: asking.signal }));
    } catch {
      if (pending === asking) pending = null;
    }
  }

  function stop() {
    const asking = pending;
    pending = null;
    asking?.abort();
  }

  function send(form, answer) {
    pending = null;
    say(form, '');
    form.elements.credential.value = JSON.stringify(plain(answer));
    form.requestSubmit();
  }

  function say(form, text) {
    const status = form.querySelector('[data-passkey-status]');
    if (status) status.textContent = text;
  }

  function words(error, kind) {
    switch (error.name) {
      case 'InvalidStateError':
        return kind === 'create' ? 'This device has a passkey of yours for here already. Use another device, or another way.' : 'That did not work. Try again, or use another way.';
      case 'NotAllowedError':
      case 'AbortError':
        return 'Nothing happened: it was cancelled, or took too long. Try again, or use another way.';
      case 'SecurityError':
        return 'Passkeys don’t work at this address. Use another way.';
      case 'NotSupportedError':
      case 'ConstraintError':
        return 'This device can’t do that. Use another device, or another way.';
      default:
        return 'That did not work. Try again, or use another way.';
    }
  }

  // The JSON form of the specification (WebAuthn level 3, sections 5.1.8 and 5.1.9); by hand in browsers that don't have it yet.

  function creation(form) {
    const options = JSON.parse(form.dataset.options);
    if (api.parseCreationOptionsFromJSON) return api.parseCreationOptionsFromJSON(options);
    options.user.id = bytes(options.user.id);
    return binary(options, 'excludeCredentials');
  }

  function request(form) {
    const options = JSON.parse(form.dataset.options);
    return api.parseRequestOptionsFromJSON ? api.parseRequestOptionsFromJSON(options) : binary(options, 'allowCredentials');
  }

  function binary(options, list) {
    options.challenge = bytes(options.challenge);
    for (const credential of options[list] ?? []) credential.id = bytes(credential.id);
    return options;
  }

  function plain(answer) {
    if (answer.toJSON) return answer.toJSON();
    const { response } = answer;
    const fields = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (response[name]) fields[name] = text(response[name]);
    }
    if (response.getTransports) fields.transports = response.getTransports();
    return {
      id: answer.id, rawId: text(answer.rawId), type: answer.type, response: fields, clientExtensionResults: {},
      ...(answer.authenticatorAttachment && { authenticatorAttachment: answer.authenticatorAttachment }),
    };
  }

  function bytes(base64url) {
    const binaryText = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binaryText, (character) => character.charCodeAt(0));
  }

  function text(buffer) {
    const binaryText = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(binaryText).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }

  // What no longer counts here need not be offered by the browser either (WebAuthn level 3, section 5.1.10). Nothing rests on it.
  function tell() {
    for (const [name, method] of [['passkeyAccepted', 'signalAllAcceptedCredentials'], ['passkeyUnknown', 'signalUnknownCredential']]) {
      const attribute = 'data-' + name.replace(/[A-Z]/, (letter) => '-' + letter.toLowerCase());
      for (const element of document.querySelectorAll(`[${attribute}]`)) api[method]?.(JSON.parse(element.dataset[name]))?.catch(() => {});
    }
  }
})();
