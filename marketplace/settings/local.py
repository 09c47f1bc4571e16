"""A developer's machine: `make run` sets the addresses, nothing else needs setting."""

import os

from marketplace.settings.base import *
from marketplace.settings.base import (
    CACHE_OPTIONS,
    DATABASE_OPTIONS,
    LANGUAGES,
    PREPARED_LANGUAGES,
    PREPARED_STATEMENTS,
    ROOT,
)
from marketplace.settings.environment import Environment, home_in, written_in

HOME = home_in(ROOT)
# So that `manage.py` typed by hand talks to the servers that `make run` started.
env = Environment(written_in(HOME / "environment.json") | os.environ)

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", default="local-only-key-that-no-production-start-accepts")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]

DATABASES = {
    "default": env.database("DATABASE_URL", default="postgresql://nukkad_app@127.0.0.1:5432/nukkad")
}
DATABASES["default"]["OPTIONS"] |= DATABASE_OPTIONS | {
    "pool": {"min_size": 1, "max_size": env.integer("DATABASE_POOL", default=8), "timeout": 4}
}
if env.boolean("DATABASE_PREPARE", default=True):
    DATABASES["default"]["OPTIONS"] |= PREPARED_STATEMENTS
REDIS_URL = env.redis("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": CACHE_OPTIONS,
    }
}
CELERY["broker_url"] = REDIS_URL  # noqa: F405

BASE_URL = env.text("BASE_URL", default="http://127.0.0.1:8000")
BANK_URL = env.text("BANK_URL", default="http://127.0.0.1:8001")
BANK_API_KEY = env.text("BANK_API_KEY", default="local-bank-key")
BANK_WEBHOOK_SECRET = env.text("BANK_WEBHOOK_SECRET", default="local-webhook-secret")
UPI_COLLECT = env.boolean("UPI_COLLECT", default=False)

# For who translates: the languages that are offered to nobody yet.
if env.boolean("PREVIEW_LANGUAGES", default=False):
    LANGUAGES = LANGUAGES + PREPARED_LANGUAGES

CSRF_TRUSTED_ORIGINS = [BASE_URL]
STATIC_ROOT = HOME / env.text("STATIC_ROOT", default="static")
MEDIA_ROOT = HOME / "media"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# The simulated outside world: one known sign-in code, and every message readable on /messages/.
SIMULATED = True
DEMO_CODE = "246810"
LOCAL_MESSAGES = True
