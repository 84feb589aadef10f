import json
import os
import secrets
import time
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from flask import Flask, redirect, request, session
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from markupsafe import escape

from fapi import DPoP, Proved

ISSUER, APP_URL, CLIENT_ID = os.environ['ISSUER'], os.environ['APP_URL'], os.environ['CLIENT_ID']
provider = requests.get(ISSUER + '/.well-known/openid-configuration').json()
with open(os.environ['CLIENT_KEY_FILE']) as file:
    jwk = json.load(file)
dpop = DPoP()


def client():
    """A session that authenticates by the app's key, for the issuer alone, and whose tokens are bound."""
    made = OAuth2Session(CLIENT_ID, ECKey.import_key(jwk), token_endpoint_auth_method='private_key_jwt', redirect_uri=APP_URL + '/callback')
    a_minute = {'exp': int(time.time()) + 60}  # Authlib's own hour is more than the five minutes that APS ID takes
    made.register_client_auth_method(PrivateKeyJWT(ISSUER, a_minute, {'kid': jwk['kid']}, 'ES256'))
    made.mount('https://', Proved(dpop))
    return made


app = Flask(__name__)
app.secret_key = secrets.token_bytes()
signed_in = {}  # tokens stay on the server; several processes need a store that they share


@app.get('/')
def home():
    token = signed_in.get(session.get('key'))
    if token is None:
        return redirect('/login')
    return f'<!doctype html><h1>Hello {escape(token["name"])}</h1> <a href="/logout">Sign out</a>'


@app.get('/login')
def login():
    session['login'] = {name: generate_token(48) for name in ('state', 'nonce', 'verifier')}
    pushing = client()
    answer = pushing.post(provider['pushed_authorization_request_endpoint'], auth=pushing.client_auth('private_key_jwt'), data={
        'client_id': CLIENT_ID,
        'redirect_uri': APP_URL + '/callback',
        'response_type': 'code',
        'scope': 'openid profile email offline_access',
        'state': session['login']['state'],
        'nonce': session['login']['nonce'],
        'code_challenge': create_s256_code_challenge(session['login']['verifier']),
        'code_challenge_method': 'S256',
    }, withhold_token=True)
    answer.raise_for_status()
    query = urlencode({'client_id': CLIENT_ID, 'request_uri': answer.json()['request_uri']})
    return redirect(provider['authorization_endpoint'] + '?' + query)


@app.get('/callback')
def callback():
    asked = session.pop('login')
    if request.args.get('state') != asked['state'] or request.args.get('iss') != ISSUER:
        return 'This is not the answer to what was asked', 400
    token = client().fetch_token(provider['token_endpoint'], code=request.args['code'], code_verifier=asked['verifier'])
    keys = KeySet.import_key_set(requests.get(provider['jwks_uri']).json())
    claims = CodeIDToken(jwt.decode(token['id_token'], keys, algorithms=['ES256']).claims, {}, options={
        'iss': {'value': ISSUER}, 'aud': {'value': CLIENT_ID}, 'nonce': {'value': asked['nonce']},
    })
    claims.validate()
    session.clear()
    session['key'] = secrets.token_urlsafe()
    signed_in[session['key']] = {**token, 'name': userinfo(token)['name']}
    return redirect('/')


@app.get('/refresh')
def refresh():
    token = signed_in[session['key']]
    new = client().refresh_token(provider['token_endpoint'], refresh_token=token['refresh_token'])
    signed_in[session['key']] = {**token, **new, 'name': userinfo(new)['name']}
    return redirect('/')


def userinfo(token):
    answer = requests.get(provider['userinfo_endpoint'], auth=dpop.bringing(token['access_token']))
    answer.raise_for_status()
    return answer.json()


@app.get('/logout')
def logout():
    token = signed_in.pop(session.pop('key', None), {})
    return redirect(provider['end_session_endpoint'] + '?' + urlencode({
        'id_token_hint': token.get('id_token', ''),
        'post_logout_redirect_uri': APP_URL + '/',
    }))


if __name__ == '__main__':
    app.run(port=int(os.environ['PORT']))
