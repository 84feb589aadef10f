import os
import secrets
from urllib.parse import urlencode

from flask import Flask, redirect, request, session
from markupsafe import escape
from requests_oauthlib import OAuth2Session

ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL = (os.environ[name] for name in ('ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'APP_URL'))
SCOPES = ['openid', 'profile', 'email', 'offline_access']
if APP_URL.startswith('http://localhost:'):
    os.environ['OAUTHLIB_INSECURE_TRANSPORT'] = '1'

app = Flask(__name__)
app.secret_key = CLIENT_SECRET  # or another long one: it signs the cookie
signed_in = {}  # tokens stay on the server; several processes need a store that they share


@app.get('/')
def home():
    mine = signed_in.get(session.get('key'))
    if mine is None:
        return redirect('/login')
    return f'<!doctype html><h1>Hello {escape(mine["user"]["name"])}</h1> <a href="/logout">Sign out</a>'


@app.get('/login')
def login():
    apsid = OAuth2Session(CLIENT_ID, redirect_uri=APP_URL + '/callback', scope=SCOPES)
    url, session['state'] = apsid.authorization_url(ISSUER + '/authorize')
    return redirect(url)


@app.get('/callback')
def callback():
    apsid = OAuth2Session(CLIENT_ID, redirect_uri=APP_URL + '/callback', state=session.pop('state', ''))
    token = apsid.fetch_token(ISSUER + '/oauth/token', client_secret=CLIENT_SECRET, authorization_response=APP_URL + request.full_path)
    user = apsid.get(ISSUER + '/oauth/userinfo').json()
    session.clear()
    session['key'] = secrets.token_urlsafe()
    signed_in[session['key']] = {'token': token, 'user': user}
    return redirect('/')


@app.get('/refresh')
def refresh():
    mine = signed_in[session['key']]
    apsid = OAuth2Session(CLIENT_ID, token=mine['token'])
    mine['token'] = apsid.refresh_token(ISSUER + '/oauth/token', auth=(CLIENT_ID, CLIENT_SECRET))
    return redirect('/')


@app.get('/logout')
def logout():
    mine = signed_in.pop(session.pop('key', None), {'token': {}})
    return redirect(ISSUER + '/end_session?' + urlencode({
        'id_token_hint': mine['token'].get('id_token', ''),
        'client_id': CLIENT_ID,
        'post_logout_redirect_uri': APP_URL + '/',
    }))


if __name__ == '__main__':
    app.run(port=int(os.environ['PORT']))
