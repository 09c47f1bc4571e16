"""How a browser comes to be somebody's of the demo neighbourhood."""

from typing import Any

DEMO_CODE = "246810"
PINCODE = "110092"
SHOP = "gupta-kirana"


def sign_in(page: Any, phone: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Mobile number").fill(phone[-10:])
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("Code from the SMS").fill(DEMO_CODE)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def speak(context: Any, here: str, language: str) -> None:
    context.add_cookies([{"name": "django_language", "value": language, "url": here}])


def settle_near(context: Any, here: str) -> None:
    context.add_cookies([{"name": "area", "value": PINCODE, "url": here}])


def fill_basket(page: Any, taps: int = 2) -> None:
    """Put something of the shop into the basket, and leave its page open."""
    page.goto(f"/shops/{SHOP}/")
    add = page.get_by_role("button", name="Add")
    for _ in range(taps):
        with page.expect_response("**/basket/change/"):
            add.first.click()
