import escape from 'escape-html'
import express from 'express'
import session from 'express-session'
import { Issuer, generators } from 'openid-client-5' // the name by which this folder installs openid-client 5

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT } = process.env
const redirect_uri = APP_URL + '/callback'
const issuer = await Issuer.discover(ISSUER)
const client = new issuer.Client({
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  redirect_uris: [redirect_uri],
  response_types: ['code'],
})

const app = express()
app.use(session({ secret: CLIENT_SECRET, resave: false, saveUninitialized: false }))

app.get('/', (req, res) => {
  if (!req.session.user) return res.redirect('/login')
  res.send(`<h1>Hello ${escape(req.session.user.name)}</h1> <a href="/logout">Sign out</a>`)
})

app.get('/login', (req, res) => {
  const code_verifier = generators.codeVerifier()
  const state = generators.state()
  req.session.login = { code_verifier, state }
  res.redirect(client.authorizationUrl({
    scope: 'openid profile email offline_access',
    code_challenge: generators.codeChallenge(code_verifier),
    code_challenge_method: 'S256',
    state,
  }))
})

app.get('/callback', async (req, res) => {
  const tokens = await client.callback(redirect_uri, client.callbackParams(req), req.session.login)
  const user = await client.userinfo(tokens)
  req.session.regenerate(() => {
    Object.assign(req.session, { user, refreshToken: tokens.refresh_token, idToken: tokens.id_token })
    res.redirect('/')
  })
})

app.get('/refresh', async (req, res) => {
  const tokens = await client.refresh(req.session.refreshToken)
  req.session.refreshToken = tokens.refresh_token
  res.redirect('/')
})

app.get('/logout', (req, res) => {
  const url = client.endSessionUrl({ post_logout_redirect_uri: APP_URL + '/', id_token_hint: req.session.idToken })
  req.session.destroy(() => res.redirect(url))
})

app.listen(PORT)
