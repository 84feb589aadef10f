from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import include, path
from django.utils.html import format_html


@login_required
def home(request):
    return HttpResponse(format_html('<!doctype html><h1>Hello {}</h1> <a href="/oidc/logout/">Sign out</a>', request.user.first_name))


urlpatterns = [
    path('', home),
    path('oidc/', include('mozilla_django_oidc.urls')),
]
