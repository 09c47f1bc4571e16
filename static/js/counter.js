"use strict";
// Scanning at the counter. The page works without this file, a scan at a time.
(() => {
  const form = document.getElementById("scan");
  const field = form.elements.code;
  const toasts = document.getElementById("toasts");

  // A scanner is faster than the network. Whatever changes the bill waits at this form, which stays while
  // the bill is swapped (data-queue, nukkad.js).
  const scanned = (code) => htmx.ajax("POST", form.action, { source: form, values: { code } });

  // Before anybody else hears of it: the field is free for the next scan at once.
  document.addEventListener("submit", (event) => {
    if (event.target !== form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const code = field.value.trim();
    field.value = "";
    if (code) scanned(code);
  }, true);

  // With a scanner the next packet can always come; a phone keeps its keyboard away.
  document.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) field.focus();
  });

  // What to give back or what is missing, while the cash is being counted.
  document.addEventListener("input", (event) => {
    const owed = event.target.dataset.changeOf;
    if (owed === undefined) return;
    const given = Math.round(Number(event.target.value.replace(/,/g, "")) * 100);
    const back = given - Number(owed);
    const change = document.getElementById("change");
    const rupees = Math.abs(back / 100).toLocaleString("en-IN", { minimumFractionDigits: back % 100 ? 2 : 0 });
    const { words, missing } = change.dataset;
    change.textContent = given && back ? `${back > 0 ? words : missing} ₹${rupees}` : "";
  });

  const camera = document.getElementById("camera");
  const viewer = document.getElementById("viewer");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  camera.hidden = false;
  let stream = null;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    viewer.srcObject = null;
    viewer.hidden = true;
    camera.setAttribute("aria-pressed", "false");
  };
  const watch = async () => {
    const detector = new BarcodeDetector({ formats: ["ean_13", "ean_8", "upc_a"] });
    const seen = new Map();
    while (stream) {
      const found = await detector.detect(viewer).catch(() => []);
      for (const { rawValue } of found) {
        // The same packet stays in view for a while: it counts again only after it was gone.
        if (!seen.has(rawValue) || Date.now() - seen.get(rawValue) > 1500) {
          navigator.vibrate?.(80);
          scanned(rawValue);
        }
        seen.set(rawValue, Date.now());
      }
      await new Promise((wait) => setTimeout(wait, 150));
    }
  };
  camera.addEventListener("click", async () => {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      const line = document.createElement("p");
      line.className = "toast toast-bad";
      line.textContent = viewer.dataset.refused;
      toasts.replaceChildren(line);
      setTimeout(() => line.remove(), 8000);
      return;
    }
    viewer.srcObject = stream;
    viewer.hidden = false;
    camera.setAttribute("aria-pressed", "true");
    await viewer.play();
    watch();
  });
  document.addEventListener("visibilitychange", () => document.hidden && stop());
})();
