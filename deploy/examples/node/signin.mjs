// Sign-in with APS ID: the certified openid-client does OpenID Connect, the rest is the contract of the guide.
import { randomBytes, webcrypto } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'

globalThis.crypto ??= webcrypto // Node 18 has it, and not as a global

const SECOND = 1000, MINUTE = 60 * SECOND
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const random = () => randomBytes(32).toString('base64url')

export class Signin {
  #settings; #provider = null
  #attempts = new Map() // by cookie: sign-ins under way
  #sessions = new Map() // by cookie; several processes need a store that they share
  #used = new Map() // jti of logout tokens and sid of ended sessions: until when

  constructor(settings) {
    this.#settings = { ...settings, secure: settings.url.startsWith('https:') }
    setInterval(() => this.#sweep(), MINUTE).unref()
  }

  get routes() {
    return {
      'GET /auth/callback': (req, res) => this.#callback(req, res),
      'POST /auth/activity': this.#sameOrigin((req, res) => this.#activity(req, res)),
      'POST /auth/logout': this.#sameOrigin((req, res) => this.#logout(req, res)),
      'POST /auth/backchannel-logout': (req, res) => this.#backchannelLogout(req, res),
    }
  }

  // require lets signed-in people through to handler(req, res, session) and sends others to sign in.
  require(handler) {
    return async (req, res) => {
      const session = await this.#current(req)
      if (session) return handler(req, res, session)
      if (req.headers['sec-fetch-mode'] && req.headers['sec-fetch-mode'] !== 'navigate') return json(res, 401, { error: 'signed_out' })
      return this.#signIn(req, res)
    }
  }

  // --- signing in ---------------------------------------------------------------------------------------------------------

  // discover asks the provider at the first sign-in, so that the app starts without it, and again if that failed.
  #discover() {
    const { issuer, clientID, clientSecret } = this.#settings
    this.#provider ??= (async () => {
      const options = { execute: [oidc.enableNonRepudiationChecks] } // verify signatures of ID tokens, too
      if (issuer.startsWith('http://127.0.0.1:')) options.execute.push(oidc.allowInsecureRequests) // the demo
      const config = await oidc.discovery(new URL(issuer), clientID, undefined, oidc.ClientSecretBasic(clientSecret), options)
      return { config, keys: createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri)) }
    })().catch(error => { this.#provider = null; throw error })
    return this.#provider
  }

  async #signIn(req, res) {
    const { config } = await this.#discover()
    const attempt = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier(), returnTo: here(req.url), until: Date.now() + 40 * MINUTE }
    const cookie = random()
    this.#attempts.set(cookie, attempt)
    this.#setCookie(res, attemptName(attempt.state), cookie)
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: this.#settings.url + '/auth/callback', scope: 'openid profile email offline_access', state: attempt.state, nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier), code_challenge_method: 'S256',
    })
    redirect(res, url)
  }

  async #callback(req, res) {
    const url = new URL(req.url, this.#settings.url)
    const name = attemptName(url.searchParams.get('state') ?? '')
    const cookie = this.#cookie(req, name)
    const attempt = this.#attempts.get(cookie)
    this.#attempts.delete(cookie)
    if (!attempt || attempt.until < Date.now()) return refuse(res, 'This sign-in took too long. Please start again.')
    let session
    try {
      const { config } = await this.#discover()
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: attempt.verifier, expectedState: attempt.state, expectedNonce: attempt.nonce, idTokenExpected: true,
      }) // checks state, iss, nonce, the ID token's signature, issuer, audience and time
      const { sub, sid, name, auth_time } = tokens.claims()
      session = { sub, sid, name, authTime: auth_time, lastInput: Date.now(), told: Date.now(), reportedAt: 0 }
      this.#keep(session, tokens)
    } catch (error) {
      console.error('sign-in refused:', error.code ?? '', error.message)
      return refuse(res, 'The sign-in was not completed.')
    }
    if (this.#used.has('sid ' + session.sid)) return refuse(res, 'The session has ended already.')
    const key = random()
    this.#sessions.delete(this.#cookie(req, 'session'))
    this.#sessions.set(key, session)
    this.#setCookie(res, name, '', 0)
    this.#setCookie(res, 'session', key)
    redirect(res, attempt.returnTo)
  }

  // keep stores what a token response says. Only the first one says when the session began; none is activity.
  #keep(session, tokens) {
    const now = Date.now()
    session.accessToken = tokens.access_token
    session.accessEnds = now + tokens.expires_in * SECOND
    session.refreshToken = tokens.refresh_token ?? session.refreshToken
    session.idToken = tokens.id_token ?? session.idToken
    session.idle = (tokens.session_idle_timeout ?? 0) * SECOND
    session.ends = Math.min(session.ends ?? Infinity, now + tokens.session_expires_in * SECOND)
  }

  // --- the session --------------------------------------------------------------------------------------------------------

  // current returns the live session of a request, or nothing. A page that a person opened by hand is input of theirs.
  async #current(req) {
    const key = this.#cookie(req, 'session')
    const session = this.#sessions.get(key)
    if (!session || over(session)) return
    if (req.headers['sec-fetch-user'] === '?1' && req.headers['sec-fetch-dest'] === 'document') this.#input(session, 0)
    await this.#renew(session)
    return this.#sessions.get(key)
  }

  // renew gets new tokens in time, once for all requests under way: a refresh token that is used twice ends the session.
  #renew(session) {
    if (!session.refreshToken || Date.now() < session.accessEnds - 5 * SECOND && !session.renewNow) return
    if (Date.now() < (session.renewNotBefore ?? 0)) return
    session.renewing ??= (async () => {
      try {
        const { config } = await this.#discover()
        this.#keep(session, await oidc.refreshTokenGrant(config, session.refreshToken))
        session.renewNow = false
        session.renewNotBefore = Date.now() + SECOND
      } catch (error) {
        if (error.error === 'invalid_grant') this.#end(other => other === session)
        else session.renewNotBefore = Date.now() + 5 * SECOND // the provider is away: the session goes on until its end
      } finally {
        session.renewing = null
      }
    })()
    return session.renewing
  }

  #end(meant) {
    for (const [key, session] of this.#sessions) {
      if (!meant(session)) continue
      clearTimeout(session.timer)
      this.#sessions.delete(key)
    }
  }

  // --- activity -----------------------------------------------------------------------------------------------------------

  async #activity(req, res) {
    const session = this.#sessions.get(this.#cookie(req, 'session'))
    let idle
    try { idle = JSON.parse(await body(req)).idle_seconds } catch { /* not JSON */ }
    if (!Number.isInteger(idle) || idle < 0 || idle > 86_400) return json(res, 400, { error: 'invalid_request' })
    if (!session || over(session, Date.now() - idle * SECOND) || over(session, Date.now() - MINUTE)) return json(res, 401, { error: 'session_ended' })
    await this.#input(session, idle * SECOND) // told up to a minute late, it still counts
    if (over(session) || ![...this.#sessions.values()].includes(session)) return json(res, 401, { error: 'session_ended' })
    return json(res, 200, {})
  }

  // input notes that the person did something so long ago, and tells the provider: now, or once it may be told again.
  #input(session, age) {
    session.lastInput = Math.max(session.lastInput, Date.now() - age)
    if (session.lastInput - session.told < SECOND || session.timer) return
    const wait = session.reportedAt + reportEvery(session.idle) - Date.now()
    if (wait <= 0) return this.#report(session)
    session.timer = setTimeout(() => { session.timer = null; this.#report(session) }, wait).unref()
  }

  async #report(session) {
    session.reportedAt = Date.now()
    const input = session.lastInput
    try {
      await this.#renew(session)
      const { config } = await this.#discover()
      const response = await fetch(config.serverMetadata().session_activity_endpoint, {
        method: 'POST', redirect: 'error', signal: AbortSignal.timeout(10 * SECOND),
        headers: { Authorization: 'Bearer ' + session.accessToken, 'Content-Type': 'application/json' },
        body: JSON.stringify({ idle_seconds: Math.floor((Date.now() - input) / SECOND) }),
      })
      const answer = await response.json()
      if (response.ok) {
        session.told = input
        session.idle = answer.idle_timeout * SECOND
        session.ends = Math.min(session.ends, Date.now() + answer.expires_in * SECOND)
      } else if (answer.error === 'session_ended') {
        this.#end(other => other === session)
      } else if (response.status === 401) {
        session.renewNow = true
      }
    } catch (error) {
      console.error('activity not reported:', error.message) // the next input tries again
    }
  }

  // --- signing out --------------------------------------------------------------------------------------------------------

  async #logout(req, res) {
    const key = this.#cookie(req, 'session')
    const session = this.#sessions.get(key)
    if (session) this.#end(other => other === session)
    this.#setCookie(res, 'session', '', 0)
    if (!session) return redirect(res, '/')
    const { config } = await this.#discover()
    redirect(res, oidc.buildEndSessionUrl(config, { id_token_hint: session.idToken, post_logout_redirect_uri: this.#settings.url + '/' }))
  }

  // backchannelLogout takes the provider's word that a session is over (OpenID Connect Back-Channel Logout 1.0, section 2.6).
  async #backchannelLogout(req, res) {
    res.setHeader('Cache-Control', 'no-store')
    let token
    try {
      const { keys } = await this.#discover()
      const raw = new URLSearchParams(await body(req)).get('logout_token') ?? ''
      const { payload } = await jwtVerify(raw, keys, {
        issuer: this.#settings.issuer, audience: this.#settings.clientID, typ: 'logout+jwt', algorithms: ['ES256', 'RS256'],
        maxTokenAge: '10 minutes', requiredClaims: ['iat', 'exp', 'jti', 'events'],
      })
      const wellFormed = typeof payload.events?.[LOGOUT_EVENT] === 'object' && !('nonce' in payload) && (payload.sub || payload.sid)
      if (!wellFormed || this.#used.has('jti ' + payload.jti)) throw new Error('not a logout token, or used before')
      token = payload
    } catch (error) {
      console.error('logout token refused:', error.message)
      return res.writeHead(400).end()
    }
    this.#used.set('jti ' + token.jti, Date.now() + 15 * MINUTE)
    if (token.sid) this.#used.set('sid ' + token.sid, Date.now() + 15 * MINUTE)
    this.#end(session => token.sid ? session.sid === token.sid : session.sub === token.sub)
    res.writeHead(200).end()
  }

  // --- cookies and origins ------------------------------------------------------------------------------------------------

  #name(name) { return (this.#settings.secure ? '__Host-' : '') + 'rota-' + name }

  #cookie(req, name) {
    const found = (req.headers.cookie ?? '').split('; ').filter(pair => pair.startsWith(this.#name(name) + '='))
    return found.length === 1 ? found[0].slice(found[0].indexOf('=') + 1) : ''
  }

  #setCookie(res, name, value, maxAge = null) {
    const flags = `; Path=/; HttpOnly; SameSite=Lax${this.#settings.secure ? '; Secure' : ''}${maxAge === null ? '' : `; Max-Age=${maxAge}`}`
    res.appendHeader('Set-Cookie', `${this.#name(name)}=${value}${flags}`)
  }

  // sameOrigin refuses what a page of another site sent.
  #sameOrigin(handler) {
    return (req, res) => {
      const site = req.headers['sec-fetch-site'], origin = req.headers.origin
      const own = site ? site === 'same-origin' : origin === new URL(this.#settings.url).origin
      return own ? handler(req, res) : json(res, 403, { error: 'cross_site' })
    }
  }

  #sweep() {
    const now = Date.now()
    for (const [key, session] of this.#sessions) if (over(session, now - MINUTE)) this.#sessions.delete(key)
    for (const [key, attempt] of this.#attempts) if (attempt.until < now) this.#attempts.delete(key)
    for (const [key, until] of this.#used) if (until < now) this.#used.delete(key)
  }
}

const attemptName = state => 'signin-' + state.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 12)

// reportEvery is how often the provider is told: four times within the idle limit, and once a minute at most.
const reportEvery = idle => idle > 0 ? Math.min(MINUTE, idle / 4) : MINUTE

// over says whether the session has ended; with a time, whether by inactivity it had ended then.
const over = (session, at = Date.now()) => Date.now() >= session.ends || session.idle > 0 && at >= session.lastInput + session.idle

async function body(req) {
  let text = ''
  for await (const chunk of req) if ((text += chunk).length > 65_536) throw new Error('too much')
  return text
}

function json(res, status, value) {
  res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(value))
}

// here keeps to paths of this app: browsers take "//host" and "/\\host" for another one's.
const here = url => /^\/(?![/\\])[!-~]*$/.test(url) ? url : '/'

function redirect(res, to) {
  res.writeHead(303, { Location: String(to), 'Cache-Control': 'no-store' }).end()
}

function refuse(res, text) {
  res.writeHead(403, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
  res.end(`<!doctype html><title>Not signed in</title><h1>You are not signed in</h1><p>${text}</p><p><a href="/">Start again</a></p>`)
}
