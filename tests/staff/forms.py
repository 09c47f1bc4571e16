"""Sends a page's form as a browser would: everything on it as it stands, but for what one changes."""

from html.parser import HTMLParser


class Form(HTMLParser):
    """The fields of the page's big form, by name."""

    def __init__(self, html, form_id):
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.values, self.select, self.area = {}, None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.inside = attrs.get("id") == self.form_id
        name = attrs.get("name")
        if not self.inside:
            return
        if tag == "input" and name:
            kind = attrs.get("type", "text")
            if kind in {"submit", "button", "file"} or "disabled" in attrs:
                return
            if kind in {"checkbox", "radio"}:
                if "checked" in attrs:
                    self.values[name] = attrs.get("value", "on")
            else:
                self.values[name] = attrs.get("value", "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            if "selected" in attrs or self.select not in self.values:
                self.values[self.select] = attrs.get("value", "")
        elif tag == "textarea" and name:
            self.area = name
            self.values[name] = ""

    def handle_data(self, data):
        if self.inside and self.area:
            self.values[self.area] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def submit(browser, url, model_name, **changes):
    """Open the form at `url`, change these fields (None unticks), and send it."""
    answer = browser.get(url)
    assert answer.status_code == 200
    values = Form(answer.text, f"{model_name}_form").values
    assert values, "there is no such form on the page"
    for name, value in changes.items():
        values[name] = value
    return browser.post(url, {name: value for name, value in values.items() if value is not None})
