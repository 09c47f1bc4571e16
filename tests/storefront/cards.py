"""How the cards of a list page are read."""

import re

ON_A_PAGE = 24
# (brand, name) of a card, and where the next page is
CARD = re.compile(
    r'<div class="item-words">(?:<p class="item-brand">(.*?)</p>)?'
    r'<h2 class="item-name"><a href="[^"]*">(.*?)</a>'
)
NEXT = re.compile(r'href="([^"]+)"\s+rel="next"')
