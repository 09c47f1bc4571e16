"""Settings of the simulated bank; every variable is required and named when it is missing."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"The environment variable {name} is not set.")
    return value


def required_url(name: str, *schemes: str) -> str:
    value = required(name)
    if urlsplit(value).scheme not in schemes:
        raise ImproperlyConfigured(
            f"The environment variable {name} should start with {' or '.join(schemes)}://."
        )
    return value


BANK_DATABASE_URL = required_url("BANK_DATABASE_URL", "postgresql", "postgres")
BANK_URL = required_url("BANK_URL", "http", "https").rstrip("/")
BANK_API_KEY = required("BANK_API_KEY")
NUKKAD_WEBHOOK_URL = required_url("NUKKAD_WEBHOOK_URL", "http", "https")
NUKKAD_WEBHOOK_SECRET = required("NUKKAD_WEBHOOK_SECRET")
SECRET_KEY = required("BANK_SECRET_KEY")

DEBUG = False
ALLOWED_HOSTS = [urlsplit(BANK_URL).hostname or "", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BANK_URL]
# Cookies are shared by every port of a host: the shop next door must keep its own.
CSRF_COOKIE_NAME = "bank_csrftoken"
CSRF_COOKIE_HTTPONLY = True

INSTALLED_APPS = ["payments.bank"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "payments.bank.urls"
WSGI_APPLICATION = "payments.bank.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["payments.bank.templatetags.bank"],
            "context_processors": ["django.template.context_processors.request"],
        },
    }
]

_database = urlsplit(BANK_DATABASE_URL)
_options = dict(parse_qsl(_database.query))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_database.path.lstrip("/")),
        "USER": unquote(_database.username or ""),
        "PASSWORD": unquote(_database.password or ""),
        "HOST": _options.pop("host", None) or unquote(_database.hostname or ""),
        "PORT": str(_database.port or _options.pop("port", "")),
        "OPTIONS": _options
        | {
            "options": "-c lock_timeout=5s -c statement_timeout=20s",
            "pool": {"min_size": 1, "max_size": 16, "timeout": 5},
        },
    }
}

USE_TZ = True
TIME_ZONE = "Asia/Kolkata"
LANGUAGE_CODE = "en"
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"payments.bank": {"level": "INFO"}},
}
