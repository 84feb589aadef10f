from urllib.parse import urlencode

from django.conf import settings
from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class Backend(OIDCAuthenticationBackend):
    """People are told apart by sub, which stays; by itself the library goes by their email address, which may become another person's."""

    def get_username(self, claims):
        return claims['sub']

    def filter_users_by_claims(self, claims):
        return self.UserModel.objects.filter(username=claims['sub'])

    def create_user(self, claims):
        return self.update_user(super().create_user(claims), claims)

    def update_user(self, user, claims):
        user.first_name, user.email = claims['name'], claims['email']
        user.save()
        return user


def logout_url(request):
    return settings.ISSUER + '/end_session?' + urlencode({
        'id_token_hint': request.session.get('oidc_id_token', ''),
        'client_id': settings.OIDC_RP_CLIENT_ID,
        'post_logout_redirect_uri': settings.APP_URL + '/',
    })
