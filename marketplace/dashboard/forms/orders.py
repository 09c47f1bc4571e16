from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.dashboard.forms.fields import Typed

OTHER = "other"


class ReasonForm(forms.Form):
    """Why an order is not served: one tap on a usual reason, or the shop's own words.

    The words are kept as the customer will read them, in the order's language.
    """

    reason = forms.ChoiceField(label=_("Why?"), widget=forms.RadioSelect)
    words = forms.CharField(label=_("In your own words"), max_length=200, required=False)

    def __init__(self, reasons: list[tuple[str, str]], data: Typed = None) -> None:
        super().__init__(data)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*reasons, (OTHER, _("Another reason"))]

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == OTHER and not cleaned.get("words", "").strip():
            self.add_error("words", _("Please say why."))
        return cleaned

    @property
    def chosen(self) -> str:
        """The reason to record: the words where given for "another", else the usual one."""
        if self.cleaned_data["reason"] == OTHER:
            return str(self.cleaned_data["words"]).strip()
        return str(self.cleaned_data["reason"])


class DeliveryForm(forms.Form):
    code = forms.CharField(
        label=_("The customer's 4 digits"),
        max_length=4,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "pattern": "[0-9०-९]{4}", "autocomplete": "off"}
        ),
    )

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        if not (len(code) == 4 and code.isdecimal()):
            raise forms.ValidationError(_("Ask the customer for the 4 digits and type them here."))
        return code
