import escape from 'escape-html'
import express from 'express'
import session from 'express-session'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT } = process.env
const demo = ISSUER.startsWith('http://127.0.0.1:') ? { execute: [client.allowInsecureRequests] } : {}
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, demo)
const redirect_uri = APP_URL + '/callback'

const app = express()
app.use(session({ secret: CLIENT_SECRET, resave: false, saveUninitialized: false }))

app.get('/', (req, res) => {
  if (!req.session.user) return res.redirect('/login')
  res.send(`<h1>Hello ${escape(req.session.user.name)}</h1> <a href="/logout">Sign out</a>`)
})

app.get('/login', async (req, res) => {
  const code_verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  req.session.login = { code_verifier, state }
  res.redirect(client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
    state,
  }).href)
})

app.get('/callback', async (req, res) => {
  if (!req.session.login) return res.redirect('/login')
  const { code_verifier, state } = req.session.login
  const tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, APP_URL), {
    pkceCodeVerifier: code_verifier,
    expectedState: state,
  })
  const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  req.session.regenerate(() => {
    Object.assign(req.session, { user, refreshToken: tokens.refresh_token, idToken: tokens.id_token })
    res.redirect('/')
  })
})

app.get('/refresh', async (req, res) => {
  const tokens = await client.refreshTokenGrant(config, req.session.refreshToken)
  req.session.refreshToken = tokens.refresh_token
  res.redirect('/')
})

app.get('/logout', (req, res) => {
  const url = client.buildEndSessionUrl(config, { post_logout_redirect_uri: APP_URL + '/', id_token_hint: req.session.idToken })
  req.session.destroy(() => res.redirect(url.href))
})

app.listen(PORT)
