// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The list of orders: 加载更多 puts the next rows below the ones that are there,
 * and the address remembers how many, so that who comes back from an order finds
 * the same rows at the same place. Without this script it is a link to the next
 * page. Sent as it stands, so in the words of the oldest webview (Chromium 84).
 */
const MORE = "加载更多";
const PATIENCE_MS = 20_000;
/** As many as the server answers for a page. */
const ROWS = 20;

let busy = false;

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element &&
    event.target.closest("a.more");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey &&
    !event.shiftKey && !event.altKey;
  if (!(link instanceof HTMLAnchorElement) || !isPlain) return;
  event.preventDefault();
  if (!busy) void load(link);
});

/** @param {HTMLAnchorElement} link */
async function load(link) {
  busy = true;
  link.textContent = "正在加载…";
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const response = await fetch(link.href, { signal: patience.signal });
    // Signed out, or refused: the page itself says so.
    if (!response.ok || response.redirected) return location.assign(link.href);
    const html = await response.text();
    const page = new DOMParser().parseFromString(html, "text/html");
    // Another tab has searched for something else since.
    if (wordsOf(page) !== wordsOf(document)) return location.assign(link.href);
    add(page, link);
  } catch {
    link.textContent = "没有加载出来，点这里重试";
    tell(link.textContent);
  } finally {
    clearTimeout(timer);
    busy = false;
  }
}

/**
 * What the page's own search has found.
 * @param {Document} page
 */
function wordsOf(page) {
  return page.querySelector("#search")?.getAttribute("value") ?? "";
}

/**
 * @param {Document} page
 * @param {HTMLAnchorElement} link
 */
function add(page, link) {
  const list = document.querySelector(".orders");
  if (!list) return;
  /** @param {Element} row */
  const order = (row) => row.querySelector("a")?.getAttribute("href");
  const known = new Set([...list.children].map(order));
  const rows = [...page.querySelectorAll(".orders > li")]
    .filter((row) => !known.has(order(row)));
  list.append(...rows);
  const count = list.children.length;
  const found = document.querySelector(".found");
  const words = page.querySelector(".found")?.textContent;
  if (found && words) found.textContent = words.replace(/\d+/, String(count));
  keepPlace(count);
  // Who came by keyboard goes on where the new rows begin.
  rows[0]?.querySelector("a")?.focus({ preventScroll: true });
  const next = page.querySelector("a.more")?.getAttribute("href");
  link.textContent = MORE;
  if (next) link.setAttribute("href", next);
  else link.remove();
  tell(`又加载了 ${rows.length} 个，共 ${count} 个`);
}

/**
 * A page that began in the middle cannot be drawn again from its start.
 * @param {number} count
 */
function keepPlace(count) {
  const params = new URLSearchParams(location.search);
  if (params.has("cursor")) return;
  params.set("rows", String(Math.ceil(count / ROWS) * ROWS));
  history.replaceState(history.state, "", `?${params}`);
}

/** @param {string} words */
function tell(words) {
  const status = document.querySelector("[data-testid=rows-status]");
  if (status) status.textContent = words;
}
