"""The staff admin on django-unfold: its site, and what every app's admin.py is built from."""
