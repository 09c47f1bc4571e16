"""A real deployment: every address and secret must be set, and nothing simulated is reachable."""

from marketplace.settings.base import *
from marketplace.settings.base import CACHE_OPTIONS, DATABASE_OPTIONS, PREPARED_STATEMENTS, ROOT
from marketplace.settings.environment import Environment

env = Environment()

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS")

DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES["default"]["OPTIONS"] |= DATABASE_OPTIONS | {
    "pool": {"min_size": 2, "max_size": env.integer("DATABASE_POOL", default=8), "timeout": 4}
}
if env.boolean("DATABASE_PREPARE", default=True):
    DATABASES["default"]["OPTIONS"] |= PREPARED_STATEMENTS
REDIS_URL = env.redis("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": CACHE_OPTIONS,
    }
}
CELERY["broker_url"] = REDIS_URL  # noqa: F405

BASE_URL = env.text("BASE_URL")
BANK_URL = env.text("BANK_URL")
BANK_API_KEY = env.secret("BANK_API_KEY")
BANK_WEBHOOK_SECRET = env.secret("BANK_WEBHOOK_SECRET")
PLATFORM_VPA = env.text("PLATFORM_VPA")
UPI_COLLECT = env.boolean("UPI_COLLECT", default=False)

CSRF_TRUSTED_ORIGINS = [BASE_URL]
STATIC_ROOT = ROOT / env.text("STATIC_ROOT", default="staticfiles")
MEDIA_ROOT = ROOT / env.text("MEDIA_ROOT", default="media")
EMAIL_HOST = env.text("EMAIL_HOST")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM")
MESSAGE_GATEWAY_URL = env.text("MESSAGE_GATEWAY_URL")
MESSAGE_GATEWAY_KEY = env.secret("MESSAGE_GATEWAY_KEY")
MESSAGE_SENDER = env.text("MESSAGE_SENDER", default="NUKKAD")

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# E-Commerce Rules 2020, rule 4(5): shown to every customer, so it must be somebody real.
GRIEVANCE_OFFICER = {
    "name": env.text("GRIEVANCE_OFFICER_NAME"),
    "designation": env.text("GRIEVANCE_OFFICER_DESIGNATION"),
    "phone": env.text("GRIEVANCE_OFFICER_PHONE"),
    "email": env.text("GRIEVANCE_OFFICER_EMAIL"),
    "address": env.text("GRIEVANCE_OFFICER_ADDRESS"),
}
