// An app in a page that signs people in by oidc-client-ts. Its tokens are in memory and nowhere else: what a reload loses, the session
// at APS ID gives back without a question.
const home = location.origin + '/'
const manager = new oidc.UserManager({
  authority: 'https://id.example.com',
  client_id: 'rota',
  redirect_uri: home,
  post_logout_redirect_uri: home,
  scope: 'openid profile offline_access',
  loadUserInfo: true,
  userStore: new oidc.WebStorageStateStore({ store: new oidc.InMemoryWebStorage() }),
  accessTokenExpiringNotificationTimeInSeconds: 60, // so long before its end, the refresh token gets the next one
})
const element = id => document.getElementById(id)
const text = (id, words) => { element(id).textContent = words }

function show(user, words = 'Nobody is signed in.') {
  text('status', user ? `Signed in as ${user.profile.name}.` : words)
  if (!user) text('left', '')
  element('signin').hidden = Boolean(user)
  element('signout').hidden = !user
}

async function start() {
  const answer = new URLSearchParams(location.search)
  if (!answer.has('code') && !answer.has('error')) return manager.signinRedirect({ prompt: 'none' }) // is there a session already?
  try {
    show(await manager.signinCallback())
  } catch (error) {
    show(null, ['login_required', 'interaction_required'].includes(error.error) ? undefined : `Nobody was signed in: ${error.message}`)
  }
  history.replaceState(null, '', home) // the code is used: it need not stay in the address
}

// The session has ended at APS ID if the refresh token is refused; a network that fails says nothing.
manager.events.addUserLoaded(user => show(user))
manager.events.addSilentRenewError(error => { if (error.error === 'invalid_grant') over() })
async function over() {
  await manager.removeUser()
  show(null, 'Your session has ended.')
}

// Only a person's input keeps a session alive. It is told once a minute at most, with its age; the answer says how long is left.
let input = 0, waiting = null, told = 0
async function report() {
  waiting = null
  const user = await manager.getUser()
  if (!user) return
  told = Date.now()
  const { session_activity_endpoint: endpoint } = await manager.metadataService.getMetadata()
  const response = await fetch(endpoint, {
    method: 'POST', headers: { Authorization: `Bearer ${user.access_token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ idle_seconds: Math.floor((Date.now() - input) / 1000) }),
  }).catch(() => null)
  if (!response) return
  if (response.status === 429) waiting ??= setTimeout(report, 1000 * (response.headers.get('Retry-After') ?? 60)) // another tab told
  const said = await response.json()
  if (said.error === 'session_ended') return over()
  if (response.ok) text('left', `Your session lasts ${Math.ceil(Math.min(said.expires_in, said.idle_expires_in || Infinity) / 60)} more minutes without input.`)
}
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart']) {
  addEventListener(kind, event => {
    if (!event.isTrusted || event.repeat) return // a script's doing, or something that lies on a key
    if (event.type === 'pointermove' && !event.movementX && !event.movementY) return // the page moved, not the pointer
    input = Date.now()
    waiting ??= setTimeout(report, Math.max(0, told + 60_000 - input))
  }, { passive: true, capture: true })
}

element('signin').onclick = () => manager.signinRedirect()
element('signout').onclick = () => manager.signoutRedirect()
start()
