"use strict";
// Paint first: the other scripts only spare taps and waiting. They come in order, once the page is complete
// and has been seen, or two seconds later where a browser does not tell.
(() => {
  const { then } = document.currentScript.dataset;
  const add = (src) => document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
  const seen = (done) => new PerformanceObserver(done).observe({ type: "paint", buffered: true });
  window.addEventListener("load", () => {
    Promise.race([new Promise(seen), new Promise((done) => setTimeout(done, 2000))]).finally(() => then.trim().split(/\s+/).forEach(add));
  });
})();
