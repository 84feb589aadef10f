import { randomBytes } from 'node:crypto'
import escape from 'escape-html'
import express from 'express'
import session from 'express-session'
import * as oauth from 'oauth4webapi'
import { as, client } from './fapi.mjs'

const { CLIENT_ID, CLIENT_KEY_FILE, APP_URL, PORT } = process.env
const { known, auth, DPoP } = await client(CLIENT_ID, CLIENT_KEY_FILE)
const redirect_uri = APP_URL + '/callback'

const app = express()
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }))

app.get('/', (req, res) => {
  if (!req.session.user) return res.redirect('/login')
  res.send(`<h1>Hello ${escape(req.session.user.name)}</h1> <a href="/logout">Sign out</a>`)
})

app.get('/login', async (req, res) => {
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const pushed = await oauth.pushedAuthorizationRequest(as, known, auth, {
    redirect_uri,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }, { DPoP })
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, known, pushed)
  req.session.login = { verifier, state, nonce }
  const to = new URL(as.authorization_endpoint)
  to.search = new URLSearchParams({ client_id: CLIENT_ID, request_uri })
  res.redirect(to.href)
})

app.get('/callback', async (req, res) => {
  if (!req.session.login) return res.redirect('/login')
  const { verifier, state, nonce } = req.session.login
  const answer = oauth.validateAuthResponse(as, known, new URL(req.originalUrl, APP_URL), state)
  const redeemed = await oauth.authorizationCodeGrantRequest(as, known, auth, answer, redirect_uri, verifier, { DPoP })
  const tokens = await oauth.processAuthorizationCodeResponse(as, known, redeemed, { expectedNonce: nonce, requireIdToken: true })
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)
  const user = await userinfo(tokens.access_token, sub)
  req.session.regenerate(() => {
    Object.assign(req.session, { user, refreshToken: tokens.refresh_token, idToken: tokens.id_token })
    res.redirect('/')
  })
})

app.get('/refresh', async (req, res) => {
  const answer = await oauth.refreshTokenGrantRequest(as, known, auth, req.session.refreshToken, { DPoP })
  const tokens = await oauth.processRefreshTokenResponse(as, known, answer)
  req.session.refreshToken = tokens.refresh_token ?? req.session.refreshToken // it stays the same
  req.session.user = await userinfo(tokens.access_token, req.session.user.sub)
  req.session.save(() => res.redirect('/'))
})

app.get('/logout', (req, res) => {
  const to = new URL(as.end_session_endpoint)
  to.search = new URLSearchParams({ id_token_hint: req.session.idToken, post_logout_redirect_uri: APP_URL + '/' })
  req.session.destroy(() => res.redirect(to.href))
})

async function userinfo(token, sub) {
  return oauth.processUserInfoResponse(as, known, sub, await oauth.userInfoRequest(as, known, token, { DPoP }))
}

app.listen(PORT)
