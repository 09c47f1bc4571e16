def test_chromium_draws_devanagari(chromium):
    page = chromium.new_context().new_page()

    def drawn(letter: str) -> bytes:
        page.set_content(f"<p style='font-size: 80px'>{letter}</p>")
        return page.screenshot()

    # Without a font for them, both would be the same empty box.
    assert drawn("क") != drawn("ख")
    page.context.close()
