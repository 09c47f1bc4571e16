"""How long a test waits for what has to come.

Long enough for a machine that is busy with other things: whoever waits in vain fails, only later.
"""

SECONDS = 90
MILLISECONDS = 1_000 * SECONDS
