"""Django's own user, with what SCIM adds to it. Its groups are another model than Django's, which has no place for a SCIM id."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    name = models.CharField(max_length=150, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    # Unique where there is one.
    email = models.EmailField(null=True, blank=True, unique=True)
    # The library reads it under this name from users, and as user_set from groups.
    scim_groups = models.ManyToManyField(Group, related_name="user_set")
