import escape from 'escape-html'
import express from 'express'
import { ExpressAuth, getSession } from '@auth/express'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const config = {
  providers: [{ id: 'apsid', name: 'APS ID', type: 'oidc', issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }],
  secret: CLIENT_SECRET,
}

const app = express()
app.set('trust proxy', true)
app.use('/auth', ExpressAuth(config))

app.get('/', async (req, res) => {
  const session = await getSession(req, config)
  if (!session?.user) return res.redirect('/auth/signin')
  res.send(`<h1>Hello ${escape(session.user.name)}</h1> <a href="/auth/signout">Sign out</a>`)
})

app.listen(PORT)
