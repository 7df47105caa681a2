"""scim2-server, with ids that ascend, and with what a database below a dashboard server would refuse.

Usage: strict.py HOST PORT TOKEN
"""

import itertools
import sys
from wsgiref.simple_server import make_server

from scim2_models import InvalidValueException, ScimProvider, UniquenessException
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.testserver.cli import ThreadingWSGIServer
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)


class Storage(InMemoryStorage):
    """Refuses a second group of one name, a second account of one e-mail address, and members that do not exist."""

    def __init__(self):
        super().__init__()
        self.ids = itertools.count(1)

    def generate_id(self, resource_type, resource):
        return f"{next(self.ids):08}"

    def create(self, resource_type, resource):
        with self.lock:
            self.refuse_taken(resource)
            return super().create(resource_type, resource)

    def update(self, resource_type, resource, *, expected_version=None):
        with self.lock:
            self.refuse_taken(resource)
            return super().update(resource_type, resource, expected_version=expected_version)

    def delete(self, resource_type, resource_id, *, expected_version=None):
        with self.lock:
            super().delete(resource_type, resource_id, expected_version=expected_version)
            for group in self.resources:
                if is_group(group) and group.members:
                    group.members = [member for member in group.members if member.value != resource_id] or None

    def refuse_taken(self, resource):
        if is_group(resource):
            ids = {other.id for other in self.resources}
            if not {member.value for member in resource.members or []} <= ids:
                raise InvalidValueException(detail="a member does not exist")
        wanted = keys(resource)
        for other in self.resources:
            if other.id != resource.id and type(other) is type(resource) and wanted & keys(other):
                raise UniquenessException(detail="the value is in use")


def is_group(resource):
    return "Group" in type(resource).__name__


def keys(resource):
    if is_group(resource):
        return {resource.display_name}
    return {email.value for email in resource.emails or []}


host, port, token = sys.argv[1:]
provider = ScimProvider.from_discovery(
    load_default_schemas().values(),
    load_default_resource_types().values(),
    config=load_default_service_provider_config(),
)
service = ScimService(provider, secret="none")
application = BearerTokenApplication(Storage(), provider, service=service, bearer_tokens=[token])
make_server(host, int(port), application, server_class=ThreadingWSGIServer).serve_forever()
