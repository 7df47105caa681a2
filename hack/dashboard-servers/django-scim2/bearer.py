"""Lets in who has the token."""

import os


class Client:
    is_authenticated = True
    is_anonymous = False


class Nobody:
    is_authenticated = False
    is_anonymous = True


class Middleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        known = request.headers.get("Authorization") == "Bearer " + os.environ["SCIM_TOKEN"]
        request.user = Client() if known else Nobody()
        return self.get_response(request)
