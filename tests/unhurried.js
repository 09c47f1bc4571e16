// A test taps sooner than a person can: what it does before the scripts of a page have come (static/js/start.js)
// waits for them. Without them it would work too, as it does without JavaScript.
(() => {
  const came = new Set();
  const settled = ({ target }) => target.tagName === "SCRIPT" && came.add(target.getAttribute("src"));
  document.addEventListener("load", settled, true);
  document.addEventListener("error", settled, true);
  const wanted = () => document.querySelector("script[data-then]")?.dataset.then.trim().split(/\s+/) ?? [];
  const ready = () => document.readyState === "complete" && wanted().every((address) => came.has(address));
  window.scriptsCame = ready;
  const later = (act) => (ready() ? act() : setTimeout(later, 10, act));
  const hold = (event, act) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    later(act);
  };
  addEventListener("click", (event) => {
    if (ready() || !event.target.closest?.("a:not([href^='#']), button")) return;
    hold(event, () => event.target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })));
  }, true);
  addEventListener("submit", (event) => {
    if (!ready()) hold(event, () => event.target.requestSubmit(event.submitter));
  }, true);
  for (const kind of ["focusin", "input", "change"]) {
    addEventListener(kind, ({ target }) => {
      if (!ready()) later(() => target.dispatchEvent(new Event(kind, { bubbles: true })));
    }, true);
  }
})();
