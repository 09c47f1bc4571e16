import os
import subprocess
import sys

import pytest

from marketplace.accounts.checks import nothing_simulated_in_production
from marketplace.accounts.services import WrongCode, confirm_sign_in, start_sign_in

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "marketplace.settings.production",
    "SECRET_KEY": "a production key of more than thirty-two characters",
    "ALLOWED_HOSTS": "nukkad.example",
    "DATABASE_URL": "postgresql://nukkad_app@127.0.0.1:1/nukkad",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "BASE_URL": "https://nukkad.example",
    "BANK_URL": "https://bank.example",
    "BANK_API_KEY": "a bank key of more than thirty-two characters",
    "BANK_WEBHOOK_SECRET": "a bank secret of more than thirty-two characters",
    "PLATFORM_VPA": "nukkad@bank",
    "EMAIL_HOST": "mail.example",
    "EMAIL_FROM": "nukkad@nukkad.example",
    "MESSAGE_GATEWAY_URL": "https://sms.example/send",
    "GRIEVANCE_OFFICER_NAME": "A. Rao",
    "GRIEVANCE_OFFICER_DESIGNATION": "Head of Customer Care",
    "GRIEVANCE_OFFICER_PHONE": "+911140000000",
    "GRIEVANCE_OFFICER_EMAIL": "grievance@nukkad.example",
    "GRIEVANCE_OFFICER_ADDRESS": "14 Barakhamba Road, New Delhi 110001",
    "MESSAGE_GATEWAY_KEY": "a gateway key of more than thirty-two characters",
    # what somebody might try
    "DEMO_CODE": "246810",
    "SIMULATED": "true",
    "LOCAL_MESSAGES": "true",
}


def in_production(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], **PRODUCTION},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_demo_code_opens_a_challenge_on_a_developers_machine(db, settings):
    challenge = start_sign_in(phone="9876543210", ip=None)
    assert confirm_sign_in(challenge_id=challenge.pk, code=settings.DEMO_CODE).pk


def test_without_the_setting_the_demo_code_is_wrong(db, settings):
    demo, settings.DEMO_CODE = settings.DEMO_CODE, None
    challenge = start_sign_in(phone="9876543210", ip=None)
    with pytest.raises(WrongCode):
        confirm_sign_in(challenge_id=challenge.pk, code=demo)


def test_production_has_no_demo_code_whatever_the_environment_says():
    run = in_production(
        """
import django; django.setup()
from uuid import UUID
from django.conf import settings
from marketplace.accounts.codes import code_for, is_right
challenge = UUID(int=7)
print(settings.DEMO_CODE, settings.SIMULATED, settings.LOCAL_MESSAGES,
      is_right(challenge, "246810"), is_right(challenge, code_for(challenge)))
"""
    )
    assert run.stdout.split() == ["None", "False", "False", "False", "True"], run.stderr


def test_production_checks_are_clean_and_fail_once_a_demo_code_is_set():
    program = """
import django; django.setup()
from django.conf import settings
from django.core import checks
def errors():
    return [each.id for each in checks.run_checks(tags=["security"]) if each.level >= checks.ERROR]
print(errors())
settings.DEMO_CODE = "246810"
settings.LOCAL_MESSAGES = True
print(errors())
"""
    run = in_production(program)
    assert run.stdout.splitlines() == ["[]", "['accounts.E001', 'accounts.E002']"], run.stderr


def test_the_check_has_nothing_to_say_about_local_settings(settings):
    assert settings.DEMO_CODE == "246810"
    assert nothing_simulated_in_production() == []
