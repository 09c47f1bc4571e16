"use strict";
// Everything works without this file; it only spares taps and waiting.
(() => {
  const each = (root, selector, act) => {
    if (root.matches?.(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };

  const toast = (text, bad) => {
    const box = document.getElementById("toasts");
    const line = document.createElement("p");
    line.className = bad ? "toast toast-bad" : "toast";
    line.textContent = text;
    box.replaceChildren(line);
    setTimeout(() => line.remove(), 8000);
  };

  // Seconds left until <time data-countdown datetime="…">; at zero the page asks the server what happened.
  const count = (element) => {
    const end = Date.parse(element.dateTime);
    const tick = () => {
      if (!element.isConnected) return;
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (left > 0) setTimeout(tick, 1000);
      else element.dispatchEvent(new CustomEvent("nukkad:over", { bubbles: true }));
    };
    tick();
  };

  const prepare = (root) => {
    each(root, "[data-focus]", (element) => element.focus());
    // A pressed button is replaced by the reply: give the keyboard its place back.
    each(root, "[data-refocus]", (element) => {
      if (document.activeElement === document.body) element.focus({ preventScroll: true });
    });
    each(root, "time[data-countdown]", count);
    each(root, "[data-reload]", (element) => setTimeout(() => location.reload(), element.dataset.reload * 1000));
    each(root, "[data-submit-on-change]", (element) => {
      element.onchange = () => element.form.requestSubmit();
    });
  };

  // A thumb is faster than the network: what each tap said waits for its turn at an element that stays.
  // With `hx-include` fields go as the answer before has left them, but those that a person agrees to as seen.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.queue === undefined || !window.htmx) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const source = form.dataset.queue ? document.querySelector(form.dataset.queue) : form;
    const values = source.hasAttribute("hx-include") ? new FormData() : new FormData(form);
    each(form, "[data-as-seen]", (field) => values.set(field.name, field.value));
    if (event.submitter?.name) values.append(event.submitter.name, event.submitter.value);
    htmx.ajax("POST", form.action, { source, values });
  }, true);

  // A form goes once: the second tap finds it busy. Coming back with the Back button frees it.
  const free = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll('[aria-busy="true"]').forEach((button) => button.removeAttribute("aria-busy"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => each(document, "form[data-sent]", free));

  document.addEventListener("click", (event) => {
    const copier = event.target.closest("[data-copy]");
    if (copier) navigator.clipboard?.writeText(copier.dataset.copy).then(() => toast(copier.dataset.copied));
    const locator = event.target.closest("[data-locate]");
    if (locator) {
      const form = locator.form;
      locator.setAttribute("aria-busy", "true");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.latitude.value = coords.latitude.toFixed(5);
          form.elements.longitude.value = coords.longitude.toFixed(5);
          form.submit();
        },
        () => {
          locator.removeAttribute("aria-busy");
          toast(locator.dataset.locate, true);
        },
        { timeout: 8000, maximumAge: 300000 },
      );
    }
  });

  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      // A poll that fails tries again by itself; only what a person asked for is worth a word.
      if (event.detail.requestConfig?.triggeringEvent) toast(document.getElementById("toasts").dataset.failed, true);
    });
  }
})();
