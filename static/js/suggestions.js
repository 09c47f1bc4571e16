"use strict";
// A search box that suggests while one types: a combobox with a list of its own (WAI-ARIA 1.2). Enter
// without a chosen suggestion searches, as it does without this file.
(() => {
  const box = document.querySelector("input[data-suggestions]");
  if (!box) return;
  const live = document.getElementById("live");
  let list, timer, asking;

  const set = (attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) box.removeAttribute(name);
      else box.setAttribute(name, value);
    }
  };
  set({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox" });

  const chosen = () => list?.querySelector('[aria-selected="true"]');
  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    set({ "aria-activedescendant": option ? option.id : null });
  };
  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list?.remove();
    list = null;
    set({ "aria-expanded": "false", "aria-controls": null, "aria-activedescendant": null });
  };
  const take = (option) => {
    const { href, words } = option.dataset;
    close();
    if (href) return location.assign(href);
    box.value = words;
    box.form.requestSubmit();
  };

  const show = (html) => {
    list?.remove();
    box.form.insertAdjacentHTML("beforeend", html);
    list = box.form.lastElementChild;
    set({ "aria-expanded": "true", "aria-controls": list.id, "aria-activedescendant": null });
    live.textContent = list.dataset.said;
  };
  const ask = async () => {
    clearTimeout(timer);
    asking?.abort();
    const text = box.value.trim();
    if (text.length < 2) return close();
    asking = new AbortController();
    try {
      const { signal } = asking;
      const answer = await fetch(`${box.dataset.suggestions}?q=${encodeURIComponent(text)}`, { signal });
      const html = answer.status === 200 ? await answer.text() : "";
      if (signal.aborted) return;
      if (html && document.activeElement === box) show(html.trim());
      else close();
    } catch (error) {
      // what is suggested for other words, or from before the connection went, is of no use
      if (error.name !== "AbortError") close();
    }
  };

  box.addEventListener("input", () => {
    choose(null);
    clearTimeout(timer);
    // Who saves data or waits long for each answer is not asked for one at each key: Down asks.
    const { saveData, effectiveType = "" } = navigator.connection ?? {};
    if (saveData || effectiveType.endsWith("2g")) close();
    else timer = setTimeout(ask, 250);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const now = chosen();
    const first = list?.querySelector("[role=option]");
    const last = list?.lastElementChild;
    if (key === "Escape" && list) close();
    else if (key === "Enter" && now) take(now);
    else if (key === "ArrowDown" && !list) ask();
    else if (key === "ArrowDown") choose(now?.nextElementSibling ?? first);
    else if (key === "ArrowUp" && list) choose(now ? now.previousElementSibling ?? last : last);
    else if (key === "Home" && now) choose(first);
    else if (key === "End" && now) choose(last);
    else {
      if (key === "ArrowLeft" || key === "ArrowRight") choose(null);
      return;
    }
    event.preventDefault();
  });
  box.addEventListener("blur", close);
  box.form.addEventListener("submit", close);
  addEventListener("pagehide", close);
  // A press inside the list would take the focus from the box, and so close the list before the click.
  box.form.addEventListener("mousedown", (event) => {
    if (list?.contains(event.target)) event.preventDefault();
  });
  box.form.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
})();
