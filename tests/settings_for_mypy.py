"""For the type checker only: the product and the simulated bank, which never run in one process."""

from marketplace.settings.local import *
from marketplace.settings.local import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "payments.bank"]

BANK_DATABASE_URL: str = ""
NUKKAD_WEBHOOK_URL: str = ""
NUKKAD_WEBHOOK_SECRET: str = ""
