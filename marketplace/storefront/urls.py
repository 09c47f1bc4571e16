from django.urls import path

from marketplace.storefront.views import (
    areas,
    baskets,
    checkout,
    language,
    orders,
    pages,
    people,
    shops,
)

app_name = "storefront"
urlpatterns = [
    path("", areas.home, name="home"),
    path("area/", areas.choose_area, name="area"),
    path("language/", language.choose_language, name="language"),
    path("search/", shops.search_everywhere, name="search-everywhere"),
    path("basket/change/", baskets.change, name="change"),
    path("shops/<slug:slug>/", shops.shop, name="shop"),
    path("shops/<slug:slug>/c/<slug:category>/", shops.aisle, name="aisle"),
    path("shops/<slug:slug>/search/", shops.search, name="search"),
    path("shops/<slug:slug>/p/<uuid:listing_id>/", shops.product, name="product"),
    path("shops/<slug:slug>/basket/", baskets.basket, name="basket"),
    path("shops/<slug:slug>/checkout/", checkout.checkout, name="checkout"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/pay/", orders.pay, name="pay"),
    path("orders/<uuid:order_id>/pay/status/", orders.pay_status, name="pay-status"),
    path("orders/<uuid:order_id>/cancel/", orders.cancel, name="cancel"),
    path("orders/<uuid:order_id>/reorder/", orders.reorder, name="reorder"),
    path("sign-in/", people.sign_in, name="sign-in"),
    path("sign-in/code/", people.enter_code, name="enter-code"),
    path("sign-out/", people.sign_out, name="sign-out"),
    path("me/", people.profile, name="profile"),
    path("me/addresses/new/", people.address, name="new-address"),
    path("me/addresses/<uuid:address_id>/", people.address, name="address"),
    path("me/addresses/<uuid:address_id>/remove/", people.remove_address, name="remove-address"),
    path("help/", pages.help_page, name="help"),
    path("privacy/", pages.privacy, name="privacy"),
    path("grievance/", pages.grievance, name="grievance"),
]
