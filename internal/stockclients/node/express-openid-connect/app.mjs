import escape from 'escape-html'
import express from 'express'
import { auth } from 'express-openid-connect'
import memorystore from 'memorystore'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT } = process.env
const MemoryStore = memorystore(auth)

const app = express()
app.use(auth({
  issuerBaseURL: ISSUER,
  baseURL: APP_URL,
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  secret: CLIENT_SECRET, // or another long one: it signs the cookie
  authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
  idpLogout: true,
  session: { store: new MemoryStore({ checkPeriod: 24 * 60 * 60 * 1000 }) },
  backchannelLogout: true,
}))

app.get('/', (req, res) => {
  res.send(`<h1>Hello ${escape(req.oidc.user.name)}</h1> <a href="/logout">Sign out</a>`)
})

app.get('/refresh', async (req, res) => {
  await req.oidc.accessToken.refresh()
  res.redirect('/')
})

app.listen(PORT)
