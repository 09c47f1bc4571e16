"""What holds in every environment. Anything that differs is read by `environment.py` in local, test or production."""

from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.core.postgresql.base import BindingCursor

ROOT = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "marketplace.core.staff.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "marketplace.local",
    "marketplace.core",
    "marketplace.notifications",
    "marketplace.accounts",
    "stores.shops",
    "stores.catalogue",
    "stores.inventory",
    "payments.ledger",
    "payments.upi",
    "payments.settlement",
    "payments.disputes",
    "payments.khata",
    "orders",
    "orders.invoicing",
    "orders.complaints",
    "marketplace.storefront",
    "marketplace.dashboard",
    "marketplace.api",
]

MIDDLEWARE = [
    "marketplace.core.middleware.refuse_too_much",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "marketplace.core.middleware.refuse_nul",
    "marketplace.accounts.sessions.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "marketplace.core.middleware.PagePolicy",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["marketplace.accounts.backends.PersonBackend"]
LOGIN_URL = reverse_lazy("storefront:sign-in")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "marketplace.storefront.context.storefront",
            ],
            "builtins": ["marketplace.core.templatetags.nukkad"],
        },
    }
]

# A lock that cannot be had in three seconds becomes "busy, try again" instead of a queue of stuck requests.
DATABASE_OPTIONS = {
    "options": "-c lock_timeout=3000 -c idle_in_transaction_session_timeout=60000",
    "connect_timeout": 4,
    "application_name": "nukkad",
}

# Values travel apart from the SQL, and what a connection runs for the sixth time is planned for good.
# Not through a pooler that hands out a server connection per transaction, unless it knows about
# prepared statements (PgBouncer from 1.22 does).
PREPARED_STATEMENTS = {
    "server_side_binding": True,
    "cursor_factory": BindingCursor,
    "prepare_threshold": 5,
}

# Valkey counts API requests and nothing else: when it does not answer, nobody waits for it.
CACHE_OPTIONS = {"socket_connect_timeout": 0.2, "socket_timeout": 0.2}

LANGUAGE_CODE = "en"
# Offered to people: in everything that a customer sees. To offer one more, move it up here.
LANGUAGES = [("hi", "हिन्दी"), ("en", "English")]
# Begun, and offered to nobody yet (docs/languages.md).
PREPARED_LANGUAGES = [
    ("ta", "தமிழ்"),
    ("te", "తెలుగు"),
    ("bn", "বাংলা"),
    ("mr", "मराठी"),
    ("kn", "ಕನ್ನಡ"),
    ("gu", "ગુજરાતી"),
]
LOCALE_PATHS = [ROOT / "marketplace" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Compressing takes most of a first start: each file once, and nothing that only debuggers read.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "jpg", "webp", "woff2", "gz", "br"]

SESSION_ENGINE = "marketplace.accounts.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=60).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Celery on Valkey (docs/outbox.md): nothing acknowledged before it is done,
# nothing delayed by ETA (delays live in PostgreSQL), nothing waiting on a result.
CELERY = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "task_soft_time_limit": 240,
    "task_time_limit": 300,
    "broker_transport_options": {"visibility_timeout": 1200, "unacked_restore_throttle": 1},
    "broker_connection_retry_on_startup": True,
    "broker_channel_error_retry": True,
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,
    "worker_soft_shutdown_timeout": 30,
    "worker_max_tasks_per_child": 2000,
    "worker_hijack_root_logger": False,
    "timezone": "Asia/Kolkata",
    # One beat; every task here is idempotent, keyed by its period.
    "beat_schedule": {
        "heartbeat": {
            "task": "marketplace.core.tasks.heartbeat",
            "schedule": timedelta(seconds=10),
            "options": {"expires": 20},
        },
        "expire-unpaid-orders": {
            "task": "orders.tasks.expire_unpaid_orders",
            "schedule": timedelta(seconds=15),
            "options": {"expires": 15},
        },
        "chase-unanswered-orders": {
            "task": "orders.tasks.chase_unanswered_orders",
            "schedule": timedelta(seconds=15),
            "options": {"expires": 15},
        },
        "lapse-proposals": {
            "task": "orders.tasks.lapse_proposals",
            "schedule": timedelta(seconds=15),
            "options": {"expires": 15},
        },
        "chase-complaints": {
            "task": "orders.complaints.tasks.chase_unsettled_complaints",
            "schedule": timedelta(minutes=5),
            "options": {"expires": 240},
        },
        "purge-outbox": {
            "task": "marketplace.core.tasks.purge_outbox",
            "schedule": timedelta(hours=1),
        },
        "throw-away-old-prints": {
            "task": "orders.invoicing.tasks.throw_away_old_prints",
            "schedule": crontab(hour=4, minute=10),
        },
        "throw-away-what-is-old": {
            "task": "orders.tasks.throw_away_what_is_old",
            "schedule": crontab(hour=4, minute=20),
        },
        # a year's bills at once, on the second of January; the other months make up for one missed
        "forget-buyers-of-old-bills": {
            "task": "orders.tasks.forget_buyers_of_old_bills",
            "schedule": crontab(day_of_month=2, hour=4, minute=40),
        },
        # of the month before; on the days after the first what was left over then
        "invoice-commission": {
            "task": "orders.invoicing.tasks.invoice_last_month",
            "schedule": crontab(day_of_month="1-3", hour=3, minute=50),
        },
        "ask-bank": {
            "task": "payments.upi.tasks.poll_due",
            "schedule": timedelta(seconds=15),
            "options": {"expires": 15},
        },
        # at midnight, and again for what was locked then
        "set-expired-aside": {
            "task": "stores.inventory.tasks.set_expired_aside",
            "schedule": crontab(minute="*/5"),
            "options": {"expires": 240},
        },
        "reconcile-stock": {
            "task": "stores.inventory.tasks.reconcile_stock",
            "schedule": crontab(hour=3, minute=40),
        },
        "settle": {
            "task": "payments.settlement.tasks.settle_due",
            "schedule": crontab(minute=15),
        },
        "ask-about-payouts": {
            "task": "payments.settlement.tasks.poll_payouts",
            "schedule": timedelta(seconds=30),
            "options": {"expires": 30},
        },
        # in the morning, when people are not disturbed
        "remind-of-khatas": {
            "task": "payments.khata.tasks.remind_customers",
            "schedule": crontab(hour=10, minute=30),
        },
        "ask-about-disputes": {
            "task": "payments.disputes.tasks.ask_about_disputes",
            "schedule": crontab(minute=40),
        },
        # every hour, so that a night without a worker is made up for
        "close-books": {
            "task": "payments.ledger.tasks.close_books",
            "schedule": crontab(minute=25),
        },
        "ask-about-counter-qrs": {
            "task": "payments.upi.tasks.ask_about_shop_qrs",
            "schedule": timedelta(minutes=1),
            "options": {"expires": 60},
        },
        # every hour, so that a night without a worker is made up for
        "keep-for-shops": {
            "task": "payments.upi.tasks.keep_undecided",
            "schedule": crontab(minute=50),
        },
        "reconcile-yesterday": {
            "task": "payments.upi.tasks.reconcile_yesterday",
            "schedule": crontab(hour=6, minute=0),
        },
    },
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.api.parsers.SmallJson"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "marketplace.api.errors.to_response",
    "UNAUTHENTICATED_USER": None,
}

# What one API key may ask in a minute.
REQUESTS_PER_MINUTE = 1200

SPECTACULAR_SETTINGS = {
    "TITLE": "Nukkad API",
    "VERSION": "1",
    "DESCRIPTION": (
        "Shops, stock, orders and settlements of the neighbourhood. Money is integer paise, "
        "quantities are integers in the unit of the item (pieces, grams, millilitres), times name "
        "their offset from UTC. Send your key as `Authorization: Bearer nk_...`; it sees only its "
        "own shops."
    ),
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "marketplace.api.schema.describe_errors",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Unit": "marketplace.core.quantity.Unit",
        "OrderState": "orders.models.State",
        "ProposalState": "orders.models.Proposal.State",
        "ProposalKind": "orders.models.Proposal.Kind",
        "Fulfilment": "orders.models.Order.Fulfilment",
        "PaymentMethod": "orders.models.Order.PaymentMethod",
        "NewOrderPaymentMethod": ["upi", "cash"],
        "IfUnavailable": "orders.models.Order.IfUnavailable",
        "PaidBy": "orders.models.CounterSale.PaidBy",
        "ReturnReason": "orders.models.Return.Reason",
        "ReturnState": "orders.models.Return.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

SITE_NAME = _("Nukkad")

# The staff admin; colours as in static/css/base.css.
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_SUBHEADER": _("Staff"),
    "SITE_ICON": lambda request: static("icons/nukkad.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("icons/nukkad.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "SIDEBAR": {
        "show_search": True,
        "navigation": "marketplace.core.staff.site.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "#fbf1ef",
            "100": "#f9e9e6",
            "200": "#efc9c4",
            "300": "#e0a09c",
            "400": "#c96a70",
            "500": "#a93a48",
            "600": "#8a1a2b",
            "700": "#7a1525",
            "800": "#6a0f1e",
            "900": "#560b18",
            "950": "#33060d",
        }
    },
}

# The platform as a payee, and how long a customer has to pay (NPCI: an intent lives 600 s, never under 300 s).
PLATFORM_VPA = "nukkad@nkbank"
PLATFORM_NAME = "Nukkad"
PLATFORM_MCC = "5411"
# Who stands on the invoices for our commission.
PLATFORM_SELLER = {
    "name": "Nukkad",
    "name_hi": "नुक्कड़",
    "legal_name": "Nukkad Bazaar Private Limited",
    "address": "14 Barakhamba Road, New Delhi, Delhi 110001",
    "phone": "+911140000000",
    "gstin": "07AAECN4321K1ZI",
    "fssai": "",
    "state": "Delhi",
}
# On which working day after it was earned a shop's money is paid out: T+1.
SETTLEMENT_DAYS = 1
PAYMENT_WINDOW = timedelta(seconds=600)
HOLD_GRACE = timedelta(seconds=300)
# How long a customer has to say yes or no to a change of their order; the shop is waiting to pack.
PROPOSAL_WINDOW = timedelta(minutes=10)
# Money that comes this long after its order expired still buys it, if the stock is there; later
# money goes back, since nobody waits for those goods any more.
REVIVE_WITHIN = timedelta(hours=2)

# Whether we may ask a payer's phone for the money (collect requests; most merchants may not since
# 28 Feb 2026), and for how long it asks.
UPI_COLLECT = False
COLLECT_AT_MOST = timedelta(seconds=480)
COLLECT_AT_LEAST = timedelta(seconds=300)

# When the bank is asked about a payment it has not spoken of: three times in two hours (NPCI, after
# the first 90 s), then daily, since under 0.5 % of successes come days late.
BANK_PROVIDER = "nkbank"
BANK_STATUS_CHECKS = (timedelta(seconds=90), timedelta(minutes=11), timedelta(hours=2))
BANK_LATE_CHECK_EVERY = timedelta(days=1)
BANK_LATE_CHECKS = timedelta(days=7)
# A webhook signed longer ago than this is refused as a replay.
BANK_WEBHOOK_TOLERANCE = timedelta(minutes=5)
# How long after midnight a day's books are closed: what is posted later counts for the next day.
BOOKS_CLOSE_AFTER = timedelta(hours=3)
# What is paid to the QR on a shop's counter counts for an order placed this recently, if it is the one
# order that waits for just as much; what no owner decides about goes to the shop after so long. The
# bank is asked every minute what came to those QRs lately, should a webhook have been lost.
SHOP_QR_MATCH_WITHIN = timedelta(minutes=15)
SHOP_QR_DECIDE_AFTER = timedelta(days=7)
SHOP_QR_ASK_BACK = timedelta(hours=1)
# A pending refund is asked about this often; a failed one is sent again after each of these waits.
REFUND_ASK_EVERY = timedelta(minutes=15)
REFUND_RETRIES = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
# The same for payouts; the first wait is long enough for the bank to correct itself, since a payout
# that failed may yet turn out to be paid.
PAYOUT_ASK_EVERY = timedelta(minutes=15)
PAYOUT_RETRIES = (timedelta(hours=2), timedelta(days=1), timedelta(days=1))

# Who carries SMS and WhatsApp; None records them and sends nothing.
MESSAGE_GATEWAY_URL: str | None = None
MESSAGE_GATEWAY_KEY = ""
MESSAGE_SENDER = "NUKKAD"

# Whether the world outside is made up: only then may a demo code or readable messages be.
SIMULATED = False
DEMO_CODE: str | None = None
LOCAL_MESSAGES = False

# Named on every shop's page: Consumer Protection (E-Commerce) Rules 2020, rule 4(4).
GRIEVANCE_OFFICER = {
    "name": "Meera Krishnan",
    "designation": "Head of Customer Care",
    "phone": "+91 11 4000 0000",
    "email": "grievance@nukkad.example",
    "address": "Nukkad, 14 Barakhamba Road, New Delhi 110001",
}
