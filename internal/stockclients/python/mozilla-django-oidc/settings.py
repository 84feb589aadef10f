import os
from urllib.parse import urlsplit

ISSUER, APP_URL = os.environ['ISSUER'], os.environ['APP_URL']

SECRET_KEY = os.environ['CLIENT_SECRET']  # or another long one
ALLOWED_HOSTS = [urlsplit(APP_URL).hostname]
ROOT_URLCONF = 'urls'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'rota.sqlite3'}}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
INSTALLED_APPS = [
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'mozilla_django_oidc',
]
MIDDLEWARE = [
    'django.middleware.security.SecurityMiddleware',
    'django.contrib.sessions.middleware.SessionMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
]
if APP_URL.startswith('https:'):
    SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')  # the proxy in front has to set it
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

AUTHENTICATION_BACKENDS = ['signin.Backend']
LOGIN_URL = 'oidc_authentication_init'
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = '/'

OIDC_RP_CLIENT_ID = os.environ['CLIENT_ID']
OIDC_RP_CLIENT_SECRET = os.environ['CLIENT_SECRET']
OIDC_RP_SCOPES = 'openid profile email'
OIDC_RP_SIGN_ALGO = 'RS256'
OIDC_OP_AUTHORIZATION_ENDPOINT = ISSUER + '/authorize'
OIDC_OP_TOKEN_ENDPOINT = ISSUER + '/oauth/token'
OIDC_OP_USER_ENDPOINT = ISSUER + '/oauth/userinfo'
OIDC_OP_JWKS_ENDPOINT = ISSUER + '/.well-known/jwks.json'
OIDC_OP_LOGOUT_URL_METHOD = 'signin.logout_url'
OIDC_STORE_ID_TOKEN = True  # to sign out with
ALLOW_LOGOUT_GET_METHOD = True  # so that a link signs out
