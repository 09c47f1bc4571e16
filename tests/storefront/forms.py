import re

HIDDEN = re.compile(r'<input type="hidden"\s+name="([\w-]+)"\s+value="([^"]*)"')
