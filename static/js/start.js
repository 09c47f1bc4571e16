"use strict";
// Paint first: the other scripts only spare taps and waiting. They come in order, once the page is complete.
(() => {
  const { then } = document.currentScript.dataset;
  const add = (src) => document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
  const start = () => requestAnimationFrame(() => setTimeout(() => then.trim().split(/\s+/).forEach(add)));
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);
})();
