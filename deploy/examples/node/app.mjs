// A small app that lets people sign in with APS ID. Everything that it takes is in signin.mjs.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { Signin } from './signin.mjs'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, LISTEN } = process.env
const signin = new Signin({ issuer: ISSUER, clientID: CLIENT_ID, clientSecret: CLIENT_SECRET, url: APP_URL })
const script = await readFile(new URL('./activity.js', import.meta.url))

const escape = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

const home = (_, res) => page(res, '<title>Rota</title><h1>Rota</h1><p><a href="/shifts">My shifts</a></p>')

const shifts = (_, res, session) => page(res, `<title>My shifts</title><script src="/activity.js" defer></script>
<h1>Shifts of ${escape(session.name)}</h1>
<p><label>Note <input name="note"></label></p>
<form method="post" action="/auth/logout"><button>Sign out</button></form>`)

function page(res, body) {
  res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
  res.end('<!doctype html>' + body)
}

const routes = {
  'GET /': home,
  'GET /shifts': signin.require(shifts),
  'GET /activity.js': (_, res) => res.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script),
  ...signin.routes,
}

createServer(async (req, res) => {
  const route = routes[`${req.method} ${req.url.split('?')[0]}`]
  try {
    if (route) await route(req, res)
    else res.writeHead(404).end()
  } catch (error) {
    console.error(error)
    if (!res.headersSent) res.writeHead(500)
    res.end()
  }
}).listen({ host: LISTEN.split(':')[0], port: Number(LISTEN.split(':')[1]) })
