"""An API that APS ID protects: it takes the access tokens that are meant for it, and no others."""

import os
import time
from urllib.parse import quote_plus

import requests
from authlib.integrations.flask_oauth2 import ResourceProtector, current_token
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask, jsonify
from joserfc.jwk import KeySet

ISSUER = os.environ["ISSUER"]
IDENTIFIER = os.environ["API_IDENTIFIER"]  # as registered (kind: api)
CREDENTIALS = (quote_plus(os.environ["CLIENT_ID"]), quote_plus(os.environ["CLIENT_SECRET"]))
PROVIDER = requests.get(ISSUER + "/.well-known/openid-configuration", timeout=5).json()


class Signed(JWTBearerTokenValidator):
    """Checks signature, typ, iss, aud and exp, and asks nobody: a token that was revoked is good until it expires, after five minutes."""

    keys, read_at = None, 0.0

    def get_jwks(self):
        if time.monotonic() - self.read_at > 300 or self.keys is None:  # a new key is published before it signs
            self.keys = KeySet.import_key_set(requests.get(PROVIDER["jwks_uri"], timeout=5).json())
            self.read_at = time.monotonic()
        return self.keys


class Asked(IntrospectTokenValidator):
    """Asks the provider, which looks at the session too. It tells this API of tokens that are meant for it, and of no others."""

    def introspect_token(self, token_string):
        answer = requests.post(PROVIDER["introspection_endpoint"], data={"token": token_string}, auth=CREDENTIALS, timeout=5)
        answer.raise_for_status()
        return answer.json()


signed, asked = ResourceProtector(), ResourceProtector()
signed.register_token_validator(Signed(ISSUER, IDENTIFIER))
asked.register_token_validator(Asked())
app = Flask(__name__)


@app.get("/shifts")
@signed("rota.read")
def read():
    return mine()


@app.post("/shifts")
@asked("rota.write")  # what can't be taken back asks the provider first
def write():
    return mine()


def mine():
    return jsonify(person=current_token["sub"], practice=current_token.get("practice_id"), app=current_token["client_id"])


if __name__ == "__main__":
    host, port = os.environ["LISTEN"].rsplit(":", 1)
    app.run(host, int(port))
