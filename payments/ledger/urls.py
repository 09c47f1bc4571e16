from django.urls import path

from payments.ledger.reports import show_account, show_journal, show_trial_balance

app_name = "ledger"
urlpatterns = [
    path("trial-balance/", show_trial_balance, name="trial-balance"),
    path("account/", show_account, name="account"),
    path("journal/", show_journal, name="journal"),
]
