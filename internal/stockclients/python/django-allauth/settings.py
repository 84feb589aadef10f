import os
from urllib.parse import urlsplit

APP_URL = os.environ['APP_URL']

SECRET_KEY = os.environ['CLIENT_SECRET']  # or another long one
ALLOWED_HOSTS = [urlsplit(APP_URL).hostname]
ROOT_URLCONF = 'urls'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'rota.sqlite3'}}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
INSTALLED_APPS = [
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.messages',
    'django.contrib.sessions',
    'allauth',
    'allauth.account',
    'allauth.socialaccount',
    'allauth.socialaccount.providers.openid_connect',
]
MIDDLEWARE = [
    'django.middleware.security.SecurityMiddleware',
    'django.contrib.sessions.middleware.SessionMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
    'allauth.account.middleware.AccountMiddleware',
]
TEMPLATES = [{
    'BACKEND': 'django.template.backends.django.DjangoTemplates',
    'APP_DIRS': True,
    'OPTIONS': {'context_processors': [
        'django.template.context_processors.request',
        'django.contrib.auth.context_processors.auth',
        'django.contrib.messages.context_processors.messages',
    ]},
}]
if APP_URL.startswith('https:'):
    SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')  # the proxy in front has to set it
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

AUTHENTICATION_BACKENDS = ['allauth.account.auth_backends.AuthenticationBackend']
EMAIL_BACKEND = 'django.core.mail.backends.console.EmailBackend'
LOGIN_URL = '/accounts/oidc/apsid/login/'
LOGIN_REDIRECT_URL = '/'
SOCIALACCOUNT_ONLY = True  # no passwords here
ACCOUNT_EMAIL_VERIFICATION = 'none'  # APS ID does it
SOCIALACCOUNT_PROVIDERS = {
    'openid_connect': {
        'APPS': [{
            'provider_id': 'apsid',
            'name': 'APS ID',
            'client_id': os.environ['CLIENT_ID'],
            'secret': os.environ['CLIENT_SECRET'],
            'settings': {'server_url': os.environ['ISSUER']},
        }],
    },
}
