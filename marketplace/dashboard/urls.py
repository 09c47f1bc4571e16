from django.urls import include, path

from marketplace.dashboard.views import (
    asking,
    batches,
    complaints,
    counter,
    counter_qr,
    disputes,
    documents,
    editing,
    home,
    imports,
    items,
    khata,
    orders,
    picking,
    reordering,
    returns,
    settlements,
    shop,
    slots,
    staff,
    stock,
    today,
    undelivered,
)

app_name = "dashboard"

order = [
    path("", orders.order, name="order"),
    path("accept/", orders.accept, name="accept"),
    path("lines/<uuid:line_id>/pick/", picking.pick, name="pick"),
    path("lines/<uuid:line_id>/unpick/", picking.unpick, name="unpick"),
    path("lines/<uuid:line_id>/unavailable/", picking.unavailable, name="unavailable"),
    path("lines/<uuid:line_id>/offer/", asking.offer, name="offer"),
    path("weight/", asking.ask_weight, name="ask-weight"),
    path("proposals/<uuid:proposal_id>/<str:said>/", asking.answer, name="answer"),
    path("edit/", editing.edit, name="edit-order"),
    path("pack/", orders.pack, name="pack"),
    path("dispatch/", orders.dispatch, name="dispatch"),
    path("ready/", orders.ready, name="ready"),
    path("deliver/", orders.deliver, name="deliver"),
    path("undelivered/", undelivered.undelivered, name="undelivered"),
    path("reject/", orders.reject, name="reject"),
    path("cancel/", orders.cancel, name="cancel"),
    path("documents/<uuid:document_id>/", documents.document, name="document"),
    path("returns/new/", returns.ask, name="return-ask"),
    path("returns/<uuid:return_id>/take/", returns.take, name="return-take"),
    path("returns/<uuid:return_id>/part/", returns.take_part, name="return-take-part"),
    path("returns/<uuid:return_id>/decline/", returns.decline, name="return-decline"),
]

shelf = [
    path("", stock.stock, name="stock"),
    path("add/", items.choose_product, name="choose-product"),
    path("add/new/", items.new_product, name="new-product"),
    path("add/<uuid:product_id>/", items.add_item, name="add-item"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:run_id>/", imports.import_run, name="import-run"),
    path("imports/<uuid:run_id>/failed.csv", imports.failed_rows, name="import-failed-rows"),
    path("expiring/", batches.expiring, name="expiring"),
    path("reorder/", reordering.reorder, name="reorder"),
    path("reorder/list.csv", reordering.reorder_csv, name="reorder-csv"),
    path("<uuid:listing_id>/", stock.listing, name="listing"),
    path("<uuid:listing_id>/price/", stock.change_price, name="change-price"),
    path("<uuid:listing_id>/count/", stock.change_stock, name="change-stock"),
    path("<uuid:listing_id>/picture/", stock.change_picture, name="change-picture"),
    path("<uuid:listing_id>/shelf/", stock.change_shelf, name="change-shelf"),
    path("<uuid:listing_id>/shown/", stock.change_shown, name="change-shown"),
    path("<uuid:listing_id>/origin/", items.change_origin, name="change-origin"),
    path("<uuid:listing_id>/level/", reordering.change_level, name="change-level"),
    path("<uuid:listing_id>/batches/", batches.keep_batches, name="keep-batches"),
    path("<uuid:listing_id>/receive/", batches.receive, name="receive"),
    path(
        "<uuid:listing_id>/batches/<uuid:batch_id>/write-off/",
        batches.write_off,
        name="write-off-batch",
    ),
]

till = [
    path("", counter.counter, name="counter"),
    path("ring-up/", counter.ring_up, name="counter-ring-up"),
    path("line/", counter.change_line, name="counter-line"),
    path("clear/", counter.clear, name="counter-clear"),
    path("finish/", counter.finish, name="counter-finish"),
    path("<uuid:sale_id>/bill/", documents.counter_bill, name="counter-bill"),
]

credit = [
    path("", khata.khatas, name="khatas"),
    path("new/", khata.new, name="khata-new"),
    path("<uuid:khata_id>/", khata.khata, name="khata"),
    path("<uuid:khata_id>/statement.pdf", khata.statement, name="khata-statement"),
    path("<uuid:khata_id>/remind/", khata.remind, name="khata-remind"),
    path("<uuid:khata_id>/received/", khata.receive, name="khata-receive"),
    path("<uuid:khata_id>/given/", khata.carry, name="khata-carry"),
    path("<uuid:khata_id>/change/", khata.change, name="khata-change"),
    path("<uuid:khata_id>/close/", khata.close, name="khata-close"),
    path("<uuid:khata_id>/entries/<uuid:entry_id>/undo/", khata.undo, name="khata-undo"),
]

poster = [
    path("", counter_qr.counter_qr, name="counter-qr"),
    path("make/", counter_qr.make, name="counter-qr-make"),
    path("news/", counter_qr.news, name="counter-qr-news"),
    path("<uuid:receipt_id>/keep/", counter_qr.keep, name="counter-qr-keep"),
    path("<uuid:receipt_id>/return/", counter_qr.send_back, name="counter-qr-return"),
]

money = [
    path("", settlements.settlements, name="settlements"),
    path("<uuid:settlement_id>/", settlements.settlement, name="settlement"),
    path("commission/<uuid:document_id>/", settlements.our_document, name="our-document"),
    path(
        "<uuid:settlement_id>/invoice/", settlements.commission_invoice, name="commission-invoice"
    ),
    path("<uuid:settlement_id>/statement.pdf", settlements.statement_pdf, name="statement-pdf"),
    path("<uuid:settlement_id>/statement.csv", settlements.statement_csv, name="statement-csv"),
]

contested = [
    path("", disputes.disputes, name="disputes"),
    path("<uuid:dispute_id>/", disputes.dispute, name="dispute"),
    path("<uuid:dispute_id>/accept/", disputes.accept, name="dispute-accept"),
]

complained = [
    path("", complaints.complaints, name="complaints"),
    path("<uuid:complaint_id>/", complaints.complaint, name="complaint"),
    path("<uuid:complaint_id>/answer/", complaints.answer, name="complaint-answer"),
    path("<uuid:complaint_id>/settle/", complaints.settle, name="complaint-settle"),
]

settings = [
    path("", shop.shop, name="shop"),
    path("open/", shop.switch, name="shop-switch"),
    path("hours/", shop.hours, name="shop-hours"),
    path("holidays/", shop.holidays, name="shop-holidays"),
    path("delivery/", shop.delivery, name="shop-delivery"),
    path("terms/", shop.terms, name="shop-terms"),
    path("slots/", slots.slots, name="shop-slots"),
    path("slots/copy/", slots.copy, name="slots-copy"),
    path("slots/<uuid:slot_id>/", slots.change, name="slot-change"),
    path("payouts/", shop.payouts, name="shop-payouts"),
    path("qr.svg", shop.qr, name="shop-qr"),
    path("staff/", staff.people, name="staff"),
    path("staff/<uuid:member_id>/remove/", staff.remove, name="staff-remove"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("<uuid:store_id>/", today.today, name="today"),
    path("<uuid:store_id>/board/", today.board, name="board"),
    path("<uuid:store_id>/waiting/", today.waiting, name="waiting"),
    path("<uuid:store_id>/orders/<uuid:order_id>/", include(order)),
    path("<uuid:store_id>/counter/", include(till)),
    path("<uuid:store_id>/counter-qr/", include(poster)),
    path("<uuid:store_id>/khata/", include(credit)),
    path("<uuid:store_id>/stock/", include(shelf)),
    path("<uuid:store_id>/settlements/", include(money)),
    path("<uuid:store_id>/disputes/", include(contested)),
    path("<uuid:store_id>/complaints/", include(complained)),
    path("<uuid:store_id>/documents/", documents.documents, name="documents"),
    path("<uuid:store_id>/documents/<slug:report>.csv", documents.file, name="documents-file"),
    path("<uuid:store_id>/shop/", include(settings)),
]
