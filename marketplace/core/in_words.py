"""Amounts in words, as an Indian bill says them: by lakh and crore, in rupees and paise."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

CRORE, LAKH, THOUSAND, HUNDRED = 10_000_000, 100_000, 1_000, 100
SCALES = (CRORE, LAKH, THOUSAND, HUNDRED)

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
ENGLISH_ONES, ENGLISH_TENS = _ONES.split(), _TENS.split()
ENGLISH_SCALES = ("crore", "lakh", "thousand", "hundred")

# Hindi counts to a hundred without a rule.
_HINDI = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ"
    " दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस"
    " बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस"
    " तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस"
    " चालीस इकतालीस बयालीस तैंतालीस चवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास"
    " पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ"
    " साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर"
    " सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी"
    " अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी"
    " नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
)
HINDI = _HINDI.split()
HINDI_SCALES = ("करोड़", "लाख", "हज़ार", "सौ")


def rupees_in_words(amount: int) -> str:
    """`Rupees one thousand two hundred fifty and fifty paise only`, in the active language.

    `amount` paise, not negative.
    """
    whole, rest = divmod(amount, 100)
    rupees = ngettext("rupee %(number)s", "rupees %(number)s", whole)
    rupees %= {"number": number_in_words(whole)}
    paise = ngettext("%(number)s paisa", "%(number)s paise", rest)
    paise %= {"number": number_in_words(rest)}
    if not rest:
        words = _("%(amount)s only") % {"amount": rupees}
    elif not whole:
        words = _("%(amount)s only") % {"amount": paise}
    else:
        words = _("%(rupees)s and %(paise)s only") % {"rupees": rupees, "paise": paise}
    return words[0].upper() + words[1:]


def number_in_words(number: int) -> str:
    """`twelve lakh thirty-four thousand`: a whole number, not negative, in the active language."""
    hindi = (get_language() or "").startswith("hi")
    scales = HINDI_SCALES if hindi else ENGLISH_SCALES
    if number < HUNDRED:
        return HINDI[number] if hindi else _below_hundred(number)
    words = []
    for size, scale in zip(SCALES, scales, strict=True):
        count, number = divmod(number, size)
        if count:
            words.append(f"{number_in_words(count)} {scale}")
    if number:
        words.append(number_in_words(number))
    return " ".join(words)


def _below_hundred(number: int) -> str:
    if number < len(ENGLISH_ONES):
        return ENGLISH_ONES[number]
    tens, ones = divmod(number, 10)
    return ENGLISH_TENS[tens] + (f"-{ENGLISH_ONES[ones]}" if ones else "")
