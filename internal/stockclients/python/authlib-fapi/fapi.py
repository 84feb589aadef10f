"""What Authlib lacks for FAPI 2.0: proofs (RFC 9449), and pushed requests (RFC 9126)."""
import base64
import hashlib
import secrets
import time

import requests
from joserfc import jwt
from joserfc.jwk import ECKey


class DPoP(requests.auth.AuthBase):
    """Shows a key with each request, and the access token with those that bring one."""

    def __init__(self, token=None, key=None):
        self.key = key or ECKey.generate_key('P-256')
        self.token = token

    def bringing(self, token):
        return DPoP(token, self.key)

    def __call__(self, request):
        claims = {'jti': secrets.token_urlsafe(), 'htm': request.method, 'htu': request.url.partition('?')[0], 'iat': int(time.time())}
        if self.token:
            digest = hashlib.sha256(self.token.encode()).digest()
            claims['ath'] = base64.urlsafe_b64encode(digest).rstrip(b'=').decode()
            request.headers['Authorization'] = 'DPoP ' + self.token
        header = {'typ': 'dpop+jwt', 'alg': 'ES256', 'jwk': self.key.as_dict(private=False)}
        request.headers['DPoP'] = jwt.encode(header, claims, self.key)
        return request


class Proved(requests.adapters.HTTPAdapter):
    """Shows the key with every request of a session that goes through it."""

    def __init__(self, dpop):
        super().__init__()
        self.dpop = dpop

    def send(self, request, **kwargs):
        return super().send(self.dpop(request), **kwargs)
