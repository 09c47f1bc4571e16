"use strict";
// Reading without a connection, and an order that got no answer (templates/storefront/worker.js).
(() => {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  const worker = navigator.serviceWorker;
  const root = document.documentElement;
  const loaded = Date.now();
  const said = (at) => new Date(at).toLocaleString(`${root.lang}-IN-u-nu-latn`, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  worker.register("/worker.js", { updateViaCache: "all" }).catch(() => {});

  // The page that stands in for one that is not kept names those that are.
  const stands = document.querySelector("[data-kept-pages]");

  // A browser says that it is online some time before, or although nothing answers.
  let trying = false;
  const tryAgain = () => {
    if (trying || !navigator.onLine) return;
    trying = true;
    setTimeout(async () => {
      trying = false;
      const answer = await fetch("/livez", { cache: "no-store" }).catch(() => null);
      if (!answer) tryAgain();
      // Where an order was kept instead of sent, this is no page to come back to.
      else if (location.pathname.startsWith("/offline/")) location.replace("/");
      else location.reload();
    }, 3000);
  };

  // A page that is open while the connection goes says from when it is; one that was kept is asked for anew.
  const look = () => {
    if (root.dataset.kept === "page" || stands) return tryAgain();
    const notice = document.getElementById("offline");
    if (!notice) return;
    notice.textContent = notice.dataset.words.replace("{at}", said(loaded));
    notice.hidden = navigator.onLine;
    if (navigator.onLine) delete root.dataset.kept;
    else root.dataset.kept = "open";
  };

  // What every tap changes is kept once, some seconds after the last of them.
  const CHANGED = "nukkad-basket";
  let timer;
  const keepBasket = () => {
    const basket = document.querySelector("#basket") ? location.pathname : document.querySelector("#bar a")?.getAttribute("href");
    if (!basket || !worker.controller) return;
    sessionStorage.removeItem(CHANGED);
    worker.controller.postMessage({ keep: basket });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keepBasket, 2500);
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || !event.detail.requestConfig.path.endsWith("/basket/change/")) return;
    sessionStorage.setItem(CHANGED, "1");
    soon();
  });
  if (sessionStorage.getItem(CHANGED)) soon();

  // An order that got no answer: shown on every page until the person says what becomes of it.
  const box = document.getElementById("kept-order");
  const ask = async () => {
    if (!box) return;
    const orders = (await caches.has("orders")) ? await caches.open("orders") : null;
    const request = (await orders?.keys())?.[0];
    box.hidden = !request;
    if (!request) return;
    const kept = await orders.match(request);
    const fields = new URLSearchParams(await kept.text());
    const paise = Number(fields.get(`total_${fields.get("payment_method")}`));
    const fill = (name, text) => { box.querySelector(`[data-${name}]`).textContent = text; };
    fill("shop", fields.get("shop") ?? "");
    fill("total", `₹${(paise / 100).toLocaleString("en-IN", { minimumFractionDigits: paise % 100 ? 2 : 0 })}`);
    fill("at", said(Number(kept.headers.get("Kept-At"))));
    box.querySelectorAll("[data-when-online]").forEach((part) => { part.hidden = !navigator.onLine; });
    box.querySelectorAll("[data-when-offline]").forEach((part) => { part.hidden = navigator.onLine; });
    box.querySelector("[data-drop]").onclick = async () => {
      await orders.delete(request);
      ask();
    };
    box.querySelector("[data-send]").onclick = (event) => {
      event.target.disabled = true;
      const form = document.createElement("form");
      form.method = "post";
      form.action = new URL(request.url).pathname;
      const token = document.querySelector('form [name="csrfmiddlewaretoken"]');
      if (token) fields.set("csrfmiddlewaretoken", token.value);
      for (const [name, value] of fields) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name, value });
        form.append(field);
      }
      document.body.append(form);
      form.submit();
    };
  };

  const list = async () => {
    if (!stands) return;
    for (const name of (await caches.keys()).filter((one) => one.startsWith("pages-"))) {
      const pages = await caches.open(name);
      for (const request of (await pages.keys()).reverse()) {
        const page = new DOMParser().parseFromString(await (await pages.match(request)).text(), "text/html");
        const link = document.createElement("a");
        link.href = request.url;
        link.textContent = page.title.trim();
        const line = document.createElement("li");
        line.append(link);
        stands.querySelector("ul").append(line);
        stands.hidden = false;
      }
    }
  };

  const tell = () => {
    look();
    ask();
  };
  for (const change of ["online", "offline", "pageshow"]) window.addEventListener(change, tell);
  tell();
  list();
})();
