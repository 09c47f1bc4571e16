"use strict";
{# Network first. What was kept is shown only when nothing else can be had, and says how old it is. #}
const SET = {{ made_of }};
const SHELL = `shell-${SET.version}`;
const PAGES = `pages-${SET.version}-`;
const ORDERS = "orders";
const CHECKOUT = /^\/shops\/[^/]+\/checkout\/$/;
const BASKET = /^\/shops\/[^/]+\/basket\/$/;

{# Counts how often everything was forgotten: an answer asked for before is not kept after. #}
let era = 0;

const pageCaches = async () => (await caches.keys()).filter((name) => name.startsWith("pages-"));
const forget = async () => {
  era += 1;
  for (const name of [...(await pageCaches()), ORDERS]) await caches.delete(name);
};

{# A basket is one page, however it is to be had. #}
const address = (raw) => {
  const url = new URL(raw);
  if (BASKET.test(url.pathname)) url.search = "";
  return url.href;
};

const keep = async (raw, response, asked) => {
  const key = response.headers.get("Offline-Key");
  if (!key || !response.ok) return;
  const text = await response.text();
  const mine = PAGES + key;
  const strangers = (await pageCaches()).filter((name) => name !== mine);
  if (asked !== era) return;
  if (strangers.some((name) => name.startsWith(PAGES))) await caches.delete(ORDERS);
  for (const name of strangers) await caches.delete(name);
  const headers = { "Kept-At": String(Date.now()) };
  for (const name of ["Content-Type", "Content-Language", "Content-Security-Policy"]) {
    headers[name] = response.headers.get(name) ?? "";
  }
  const pages = await caches.open(mine);
  {# The newest is last. #}
  await pages.delete(address(raw));
  await pages.put(address(raw), new Response(text, { headers }));
  const all = await pages.keys();
  for (const old of all.slice(0, Math.max(0, all.length - SET.most))) await pages.delete(old);
  if (asked !== era) await caches.delete(mine);
};

const find = async (raw) => {
  for (const name of await pageCaches()) {
    const found = await (await caches.open(name)).match(address(raw));
    if (found) return found;
  }
};

{# The look that was chosen since, where the browser lets a worker read cookies. #}
const dressed = async (text) => {
  if (!self.cookieStore) return text;
  const theme = (await self.cookieStore.get("theme"))?.value;
  const plain = text.replace(/(<html[^>]*?) data-theme="\w+"/, "$1");
  return ["light", "dark"].includes(theme) ? plain.replace("<html ", `<html data-theme="${theme}" `) : plain;
};

const marked = async (kept) => {
  const language = kept.headers.get("Content-Language");
  const at = new Date(Number(kept.headers.get("Kept-At"))).toLocaleString(`${language}-IN-u-nu-latn`, {
    day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
  });
  const words = (SET.words[language] ?? SET.words.en).replace("{at}", at);
  const text = (await dressed(await kept.text()))
    .replace("<html ", '<html data-kept="page" ')
    .replace("<main", `<p class="kept-notice" role="status">${words}</p><main`);
  return new Response(text, { headers: kept.headers });
};

{# In the language of the page seen last. #}
const offlineAddress = async () => {
  for (const name of await pageCaches()) {
    const pages = await caches.open(name);
    const last = (await pages.keys()).pop();
    const language = last && (await pages.match(last)).headers.get("Content-Language");
    if (SET.offline[language]) return SET.offline[language];
  }
  return SET.offline[navigator.language.slice(0, 2)] ?? SET.offline.en;
};

const visit = async (event) => {
  const { url } = event.request;
  const asked = era;
  try {
    const response = await fetch(event.request);
    event.waitUntil(keep(url, response.clone(), asked).catch(() => {}));
    return response;
  } catch {
    const kept = await find(url);
    if (kept) return marked(kept);
    const shell = await caches.open(SHELL);
    const ready = (await shell.match(url, { ignoreSearch: true })) ?? (await shell.match(await offlineAddress()));
    return new Response(await dressed(await ready.text()), { headers: ready.headers });
  }
};

{# Whether an order that got no answer has arrived is not known here. Its key is in the form: sent again #}
{# it is the same order, so it is kept as it is, and the person is asked. #}
const order = async (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  const asked = era;
  const body = await request.clone().text();
  try {
    const response = await fetch(request);
    {# placed (0, a redirect), or refused on a page that says why; anything else may be tried again #}
    if ([0, 200, 400, 404, 409, 422].includes(response.status)) {
      await (await caches.open(ORDERS)).delete(pathname);
      const basket = new URL(pathname.replace("checkout", "basket"), request.url).href;
      for (const name of await pageCaches()) await (await caches.open(name)).delete(basket);
    }
    return response;
  } catch {
    if (asked === era) {
      const headers = { "Kept-At": String(Date.now()) };
      await (await caches.open(ORDERS)).put(pathname, new Response(body, { headers }));
    }
    return Response.redirect(await offlineAddress(), 303);
  }
};

self.addEventListener("install", (event) => {
  {# Nobody's: asked for without cookies. #}
  const requests = [...SET.shell, ...Object.values(SET.offline)].map((url) => new Request(url, { credentials: "omit" }));
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(requests)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name !== SHELL && name !== ORDERS && !name.startsWith(PAGES)) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST") {
    if (SET.forgetting.includes(pathname)) event.waitUntil(forget());
    else if (request.mode === "navigate" && CHECKOUT.test(pathname)) event.respondWith(order(event));
    return;
  }
  if (request.method !== "GET" || SET.elsewhere.some((door) => pathname.startsWith(door))) return;
  if (request.mode === "navigate") event.respondWith(visit(event));
  else if (pathname.startsWith(SET.static)) {
    event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
  }
});

{# A tap on + changes a basket that may not be looked at before the connection is gone. #}
self.addEventListener("message", (event) => {
  const url = new URL(event.data.keep, self.location.origin);
  if (url.origin !== self.location.origin || !BASKET.test(url.pathname)) return;
  const asked = era;
  event.waitUntil(fetch(url.href).then((response) => keep(url.href, response, asked)).catch(() => {}));
});
