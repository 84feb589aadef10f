import escape from 'escape-html'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OpenIDConnectStrategy from 'passport-openidconnect'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL, PORT } = process.env

passport.use(new OpenIDConnectStrategy({
  issuer: ISSUER,
  authorizationURL: ISSUER + '/authorize',
  tokenURL: ISSUER + '/oauth/token',
  userInfoURL: ISSUER + '/oauth/userinfo',
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  callbackURL: APP_URL + '/callback',
  scope: ['profile', 'email'],
}, (issuer, profile, done) => done(null, profile)))
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

const app = express()
app.use(session({ secret: CLIENT_SECRET, resave: false, saveUninitialized: false }))
app.use(passport.session())

app.get('/', (req, res) => {
  if (!req.user) return res.redirect('/login')
  res.send(`<h1>Hello ${escape(req.user.displayName)}</h1>`)
})

app.get('/login', passport.authenticate('openidconnect'))

app.get('/callback', passport.authenticate('openidconnect', { successRedirect: '/', failureMessage: true, failureRedirect: '/failed' }))

app.get('/failed', (req, res) => res.status(401).send(req.session.messages.join(' ')))

app.listen(PORT)
