"""A shopkeeper's scanner at the counter, in a browser: faster than the network, and nothing is lost."""

from typing import Any

import pytest
from playwright.sync_api import expect

from orders.models import CounterSale
from tests.browser import wait_for_scripts
from tests.journeys.conftest import slow_down
from tests.journeys.test_whole_job import sign_in
from tests.product import Product

EAN = "8901063010048"
# Headless Chromium has no detector and no camera: this one sees the same packet for as long as it looks.
CAMERA = f"""
window.BarcodeDetector = class {{ detect() {{ return Promise.resolve([{{rawValue: "{EAN}"}}]); }} }};
const silent = () => document.createElement("canvas").captureStream();
Object.defineProperty(navigator, "mediaDevices", {{ value: {{ getUserMedia: async () => silent() }} }});
HTMLMediaElement.prototype.play = async () => undefined;
"""


@pytest.fixture
def at_the_counter(neighbourhood: Any, phone: Any, running_product: Product) -> Any:
    """The counter's page, and what is sold there: one packet at ₹250 under a barcode."""
    with running_product.orm():
        product = neighbourhood.listing.product
        type(product).objects.filter(ean=EAN).update(ean="")
        product.ean = EAN
        product.save(update_fields=["ean"])

    def open_page(script: str = "") -> Any:
        page = phone()
        if script:
            page.add_init_script(script)
        page.goto(f"/dashboard/{neighbourhood.pk}/counter/")
        sign_in(page, neighbourhood.owner_phone)
        expect(page.locator("#scan")).to_be_visible()
        return page

    return open_page


def test_scans_faster_than_the_network_are_all_on_the_bill(
    at_the_counter: Any, neighbourhood: Any, running_product: Product
) -> None:
    page = at_the_counter()
    wait_for_scripts(page)
    slow_down(page, milliseconds=300)
    page.locator("#code").focus()
    for _ in range(6):
        page.keyboard.type(EAN)
        page.keyboard.press("Enter")
    much = page.locator(f"#much-{neighbourhood.listing.pk}")
    expect(much).to_have_value("6")
    # Two taps on one button, the second before the first is answered.
    page.get_by_role("button", name="Less").dblclick()
    expect(much).to_have_value("4")
    page.get_by_label("Cash given").fill("2000")
    expect(page.locator("#change")).to_have_text("Give back ₹1,000")
    page.get_by_role("button", name="Cash ₹1,000").click()
    expect(page.locator("main")).to_contain_text("Sold for ₹1,000. Give back ₹1,000.")
    with running_product.orm():
        sale = CounterSale.objects.get(store_id=neighbourhood.pk)
        neighbourhood.listing.refresh_from_db()
        assert (sale.total, neighbourhood.listing.on_hand) == (100000, 6)


def test_a_packet_before_the_camera_counts_once(at_the_counter: Any, neighbourhood: Any) -> None:
    page = at_the_counter(CAMERA)
    page.get_by_role("button", name="Scan with the camera").click()
    much = page.locator(f"#much-{neighbourhood.listing.pk}")
    expect(much).to_have_value("1")
    page.wait_for_timeout(2_500)
    expect(much).to_have_value("1")
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#viewer")).to_be_hidden()


def test_without_a_detector_no_camera_is_offered(at_the_counter: Any) -> None:
    page = at_the_counter()
    expect(page.get_by_label("Scan a barcode or type a name")).to_be_visible()
    expect(page.locator("#camera")).to_be_hidden()
