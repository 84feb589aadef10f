from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path
from django.utils.html import format_html


@login_required
def home(request):
    user = request.user.socialaccount_set.get(provider='apsid').get_provider_account().get_user_data()
    return HttpResponse(format_html('<!doctype html><h1>Hello {}</h1> <a href="/accounts/logout/">Sign out</a>', user['name']))


urlpatterns = [
    path('', home),
    path('accounts/', include('allauth.urls')),
]
