from django.urls import path

from payments.bank.views import api, control, desk, phone

urlpatterns = [
    path("", desk.home, name="home"),
    path("livez", desk.livez),
    path("readyz", desk.readyz),
    path("phone/", phone.ask, name="phone"),
    path("phone/closed/", phone.closed, name="closed"),
    path("phone/<str:payment_id>/", phone.result, name="result"),
    path("control/", control.page, name="control"),
    path("control/next", control.set_next, name="set_next"),
    path("control/faults", control.set_faults, name="set_faults"),
    path("bank/faults", control.fault_plan),
    path("control/clear", control.clear, name="clear"),
    path("control/accounts", control.open_account, name="open_account"),
    path("control/finish", control.finish, name="finish"),
    path("control/webhooks/<uuid:event_id>/resend", control.resend_webhook, name="resend"),
    path("control/disputes", control.open_dispute, name="open_dispute"),
    path("control/disputes/<str:dispute_id>", control.decide, name="decide_dispute"),
    path("v1/pay", api.pay),
    path("v1/payments", api.payments),
    path("v1/refunds", api.refunds),
    path("v1/refunds/<str:refund_id>", api.refund),
    path("v1/payouts", api.payouts),
    path("v1/payouts/<str:payout_id>", api.payout),
    path("v1/disputes", api.disputes),
    path("v1/disputes/<str:dispute_id>/evidence", api.contest),
    path("v1/disputes/<str:dispute_id>/accept", api.accept),
    path("v1/reconciliation", api.reconciliation),
]
