import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payments.bank.settings")
application = get_wsgi_application()

from payments.bank.courier import Courier  # noqa: E402  (its models need Django set up)

Courier.start_once()
