import os
import secrets
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session
from markupsafe import escape

APP_URL = os.environ['APP_URL']

app = Flask(__name__)
app.secret_key = os.environ['CLIENT_SECRET']  # or another long one: it signs the cookie
oauth = OAuth(app)
oauth.register(
    name='apsid',
    client_id=os.environ['CLIENT_ID'],
    client_secret=os.environ['CLIENT_SECRET'],
    server_metadata_url=os.environ['ISSUER'] + '/.well-known/openid-configuration',
    client_kwargs={'scope': 'openid profile email offline_access'},
)
signed_in = {}  # tokens stay on the server; several processes need a store that they share


@app.get('/')
def home():
    token = signed_in.get(session.get('key'))
    if token is None:
        return redirect('/login')
    return f'<!doctype html><h1>Hello {escape(token["userinfo"]["name"])}</h1> <a href="/logout">Sign out</a>'


@app.get('/login')
def login():
    return oauth.apsid.authorize_redirect(APP_URL + '/callback')


@app.get('/callback')
def callback():
    token = oauth.apsid.authorize_access_token()
    session.clear()
    session['key'] = secrets.token_urlsafe()
    signed_in[session['key']] = token
    return redirect('/')


@app.get('/refresh')
def refresh():
    token = signed_in[session['key']]
    new = oauth.apsid.fetch_access_token(grant_type='refresh_token', refresh_token=token['refresh_token'])
    signed_in[session['key']] = token | new
    return redirect('/')


@app.get('/logout')
def logout():
    token = signed_in.pop(session.pop('key', None), {})
    end_session = oauth.apsid.load_server_metadata()['end_session_endpoint']
    return redirect(end_session + '?' + urlencode({
        'id_token_hint': token.get('id_token', ''),
        'client_id': oauth.apsid.client_id,
        'post_logout_redirect_uri': APP_URL + '/',
    }))


if __name__ == '__main__':
    app.run(port=int(os.environ['PORT']))
