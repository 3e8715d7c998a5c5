/**
 * Listings with many pages, and faults in the middle of them. WeCom may give
 * fewer entries than were asked for, and the cursor says whether there are more;
 * so small pages here let a small company meet what a large one does. The kinds
 * of fault are dealt in turns, so that few pages meet all of them.
 */
import { visibleView } from "../../lib/sandbox/chat_core.ts";
import type { World } from "../../lib/sandbox/mod.ts";
import type { Dice } from "./dice.ts";
import {
  inPages,
  PAGE_FAULTS,
  PAGED,
  type Paged,
  type PageFault,
} from "./faults.ts";
import { count, type Ledger } from "./ledger.ts";

export type Api = (request: Request) => Promise<Response>;

/** Contacts in a page; groups in a page are for the company to say. */
const CONTACTS_A_PAGE = 50;
/** Of the pages after the first one; and the very first of these. */
const SPOILT = { contacts: 0.12, groups: 0.05 };
const PREFIX = "/cgi-bin/";

interface Asked {
  paged: Paged | null;
  endpoint: string;
  body: Record<string, unknown>;
}

async function read(request: Request): Promise<Asked> {
  const endpoint = new URL(request.url).pathname.slice(PREFIX.length);
  const paged = Object.hasOwn(PAGED, endpoint)
    ? PAGED[endpoint as keyof typeof PAGED]
    : null;
  const wanted = paged !== null || endpoint.endsWith("groupchat/get");
  if (!wanted) return { paged, endpoint, body: {} };
  const text = await request.clone().text().catch(() => "{}");
  return { paged, endpoint, body: JSON.parse(text || "{}") };
}

/** The same answers in smaller pages. */
export function withSmallPages(answer: Api, groupsAPage: number): Api {
  const most = { contacts: CONTACTS_A_PAGE, groups: groupsAPage };
  return async (request) => {
    const { paged, body } = await read(request);
    if (!paged) return await answer(request);
    const asked = Number(body["limit"] ?? Infinity);
    await request.body?.cancel().catch(() => {});
    return await answer(
      new Request(request.url, {
        method: request.method,
        headers: request.headers,
        body: JSON.stringify({ ...body, limit: Math.min(asked, most[paged]) }),
        signal: request.signal,
      }),
    );
  };
}

/** Spoils pages after the first, and counts answers that lag behind. */
export function withPageFaults(answer: Api, deps: {
  world: World;
  ledger: Ledger;
  dice: Dice;
  /** null: nothing is killed. */
  kill: (() => void) | null;
}): Api {
  const { world, ledger, dice, kill } = deps;
  const kinds = PAGE_FAULTS.filter((one) => kill || !one.startsWith("kill"));
  const next = { contacts: dice.int(0, 99), groups: dice.int(0, 99) };
  const met = new Set<Paged>();

  return async (request) => {
    const { paged, endpoint, body } = await read(request);
    if (endpoint.endsWith("groupchat/get")) noteLag(String(body["chat_id"]));
    if (!paged || !body["cursor"]) return await answer(request);
    if (met.has(paged) && !dice.chance(SPOILT[paged])) {
      return await answer(request);
    }
    met.add(paged);
    const fault = kinds[next[paged]++ % kinds.length] ?? "garbage";
    count(ledger.faults, inPages(paged, fault));
    if (fault === "kill -9 instance") {
      kill?.();
      return await answer(request);
    }
    await request.body?.cancel().catch(() => {});
    return await spoilt(fault, request.signal);
  };

  /** What is about to be answered is older than what happened. */
  function noteLag(chatId: string): void {
    const chat = world.state.chats.get(chatId);
    if (!chat) return;
    const view = visibleView(chat, world.now());
    const behind = !view || view.memberVersion !== chat.memberVersion ||
      view.name !== chat.name || view.owner !== chat.owner ||
      view.dismissed !== chat.dismissed;
    if (behind) count(ledger.faults, "WeCom answered with an older state");
  }
}

async function spoilt(fault: PageFault, signal: AbortSignal) {
  const code = /^errcode (-?\d+)$/.exec(fault)?.[1];
  if (code !== undefined) {
    // With its lists empty, as WeCom's errors have them.
    return Response.json({
      errcode: Number(code),
      errmsg: "in the middle of pages",
      group_chat_list: [],
      external_contact_list: [],
      next_cursor: "",
    });
  }
  if (fault === "http 502") return new Response("", { status: 502 });
  if (fault === "garbage") return new Response("<html></html>");
  if (fault === "hang") {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  }
  return new Response(
    new ReadableStream<Uint8Array>({
      start: (to) => to.enqueue(new TextEncoder().encode('{"errcode":0,')),
      pull: (to) => to.error(new TypeError("closed in the middle")),
    }),
  );
}
