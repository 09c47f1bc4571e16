"""What a page may weigh and take; of a first visit, compressed as it is served."""

FIRST_VIEW = 45_000  # bytes of HTML, CSS and JS
SCRIPTS = 22_000  # bytes of JS among them

# What Lighthouse's slow phone may take, and what a tap may: milliseconds, medians.
LCP_OF_TEXT = 1_200
LCP_OF_PICTURES = 1_600
TBT = 100
CLS = 0
INP = 100
