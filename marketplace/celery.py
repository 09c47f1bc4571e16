import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.production")

from django.conf import settings

app = Celery("nukkad")
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()
