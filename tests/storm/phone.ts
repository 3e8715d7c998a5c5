/**
 * A person's phone: signs in through WeCom's OAuth, keeps cookies and the
 * browser's storage (so the outbox outlives a page), opens an order's page and
 * reads the model out of its HTML as the browser does.
 */
import { parse } from "../../lib/fresh/src/client/parse.ts";
import type { GroupPageModel } from "../../lib/ui/model.ts";
import type { Dice } from "./dice.ts";
import { type Network, send } from "./network.ts";

const USER_AGENT =
  "Mozilla/5.0 (iPhone) wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh";
const HOPS = 8;

export interface Phone {
  userId: string;
  /** Of the device: the person's id, and which one it is. */
  name: string;
  /** How far the device's clock is off, ms. */
  clockOffMs: number;
  storage: Pick<Storage, "getItem" | "setItem">;
  /** As a page's `fetch`: paths of our own origin. */
  fetch: typeof fetch;
  /** The model of the order's page. Throws what a browser would show instead. */
  open(orderId: string): Promise<GroupPageModel>;
}

export function createPhone(
  network: Network,
  { userId, name, clockOffMs }: Pick<Phone, "userId" | "name" | "clockOffMs">,
  dice: Dice,
): Phone {
  const cookies = new Map<string, string>();
  const stored = new Map<string, string>();

  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("user-agent", USER_AGENT);
    headers.set(
      "cookie",
      Array.from(cookies, (pair) => pair.join("=")).join("; "),
    );
    if (init.method === "POST") headers.set("origin", network.origin);
    const response = await send(network, dice, path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) keep(line);
    return response;
  }

  function keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";");
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (attributes.some((one) => one.trim() === "Max-Age=0")) {
      cookies.delete(name);
    } else cookies.set(name, pair.slice(at + 1));
  }

  /** Follows redirects between us and WeCom's login page. */
  async function browse(path: string): Promise<Response> {
    let url = new URL(path, network.origin);
    for (let hop = 0; hop < HOPS; hop++) {
      const ours = url.origin === network.origin;
      const response = ours
        ? await ask(url.pathname + url.search, { method: "GET" })
        : await fetch(url, {
          headers: { cookie: `sandbox_identity=${userId}` },
          redirect: "manual",
        });
      const location = response.headers.get("location");
      if (!location) return response;
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new Error("Redirected in circles");
  }

  return {
    userId,
    name,
    clockOffMs,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    },
    fetch: (input, init = {}) => ask(String(input), init),
    async open(orderId) {
      const response = await browse(`/orders/${orderId}/group`);
      const html = await response.text();
      if (!response.ok) throw new Error(`Page answered ${response.status}`);
      return modelIn(html);
    },
  };
}

/** The props of the page's island, from the script that starts it. */
function modelIn(html: string): GroupPageModel {
  const [, text] = /boot\(\{[^}]*\},("(?:[^"\\]|\\.)*")\);/.exec(html) ?? [];
  if (text === undefined) throw new Error("Page has no island");
  const props = parse(JSON.parse(text)) as { model: GroupPageModel }[];
  const model = props[0]?.model;
  if (!model) throw new Error("Page has no model");
  return model;
}
