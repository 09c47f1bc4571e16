"""What pytest runs on: the addresses come from the servers that tests/conftest.py started."""

from marketplace.settings.local import *
from marketplace.settings.local import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A test's connections are its own: a pool would hand one test's session to another.
DATABASES["default"]["OPTIONS"].pop("pool")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
