import { createServer } from 'node:http'
import escape from 'escape-html'

const { ISSUER, APP_URL, UPSTREAM_PORT } = process.env
const endSession = `${ISSUER}/end_session?id_token_hint={id_token}&post_logout_redirect_uri=${encodeURIComponent(APP_URL + '/')}`

createServer((req, res) => {
  if (req.url === '/logout') {
    res.writeHead(302, { Location: '/oauth2/sign_out?rd=' + encodeURIComponent(endSession) }).end()
    return
  }
  // Only oauth2-proxy reaches this app, and it has checked the ID token.
  const { name } = JSON.parse(Buffer.from(req.headers.authorization.split('.')[1], 'base64url'))
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.end(`<h1>Hello ${escape(name)}</h1> <a href="/logout">Sign out</a>`)
}).listen(UPSTREAM_PORT, '127.0.0.1')
