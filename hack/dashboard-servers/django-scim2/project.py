"""A SCIM 2.0 server: the library django-scim2 over Django's user store, with its database in memory."""

import os

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

ADDRESS = os.environ["SCIM_ADDRESS"]

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="nothing is signed here",
    ROOT_URLCONF=__name__,
    # It is there while its one connection is, so there is one process with one thread.
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "accounts"],
    AUTH_USER_MODEL="accounts.User",
    MIDDLEWARE=["bearer.Middleware", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    USE_TZ=True,
    SCIM_SERVICE_PROVIDER={
        "SCHEME": "http",
        "NETLOC": ADDRESS,
        "GROUP_MODEL": "accounts.models.Group",
        "AUTHENTICATION_SCHEMES": [
            {"type": "oauthbearertoken", "name": "Bearer token", "description": "A token that does not end."}
        ],
        "WWW_AUTHENTICATE_HEADER": "Bearer",
    },
)
urlpatterns = [path("scim/v2/", include("django_scim.urls"))]
django.setup()
application = get_wsgi_application()
call_command("migrate", run_syncdb=True, verbosity=0)
