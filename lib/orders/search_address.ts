/**
 * What somebody looks for in the list, as its address carries it. Addresses are
 * kept by browsers, proxies and traces, so a text that may tell a customer's
 * number is posted, and the address afterwards carries it sealed: for the person
 * who searched, and for half an hour. Other texts stay readable.
 */
import type { Sealer } from "../auth/session.ts";
import type { Actor } from "../staff/actor.ts";
import { userKey } from "../staff/user_id.ts";
import { mayTellNumber } from "./wanted_numbers.ts";

const AUDIENCE = "search";
const SECONDS = 30 * 60;
const LONGEST = 64;

/** Tabs of the list. */
export const ORDER_STATES = ["all", "without_group", "with_group"] as const;
export type OrderState = typeof ORDER_STATES[number];

/** What the list is narrowed by, as its links have it. */
export interface ListAddress {
  /** null: nobody has chosen a tab. */
  state: OrderState | null;
  /** As `sealedSearch` answers it. */
  search?: readonly [name: "query" | "q", value: string] | null;
  cursor?: string | null;
  /** How many rows are shown. */
  rows?: number | null;
}

export function listAddress(
  { state, search, cursor, rows }: ListAddress,
): string {
  const params = new URLSearchParams();
  if (state) params.set("state", state);
  if (search) params.set(...search);
  if (cursor) params.set("cursor", cursor);
  if (rows) params.set("rows", String(rows));
  return params.size > 0 ? `/?${params}` : "/";
}

export type Searched =
  /** `text` is empty when nothing is looked for. */
  | { kind: "text"; text: string }
  /** Too old, or not ours. */
  | { kind: "expired" }
  | { kind: "another_person" };

/** What an address or a form asks for. */
export async function openSearch(
  sealer: Sealer,
  actor: Actor,
  params: URLSearchParams,
): Promise<Searched> {
  const sealed = params.get("q");
  if (sealed === null) return { kind: "text", text: typed(params) };
  const claims = await sealer.open(sealed, AUDIENCE);
  if (typeof claims?.text !== "string" || typeof claims.sub !== "string") {
    return { kind: "expired" };
  }
  return userKey(claims.sub) === userKey(actor.wxUserId)
    ? { kind: "text", text: claims.text }
    : { kind: "another_person" };
}

/** What was typed into the field. */
export function typed(params: URLSearchParams): string {
  return (params.get("query") ?? "").replaceAll("\0", "").trim()
    .slice(0, LONGEST);
}

/** The part of the address that says it; null for no text. */
export async function sealedSearch(
  sealer: Sealer,
  actor: Actor,
  text: string,
): Promise<ListAddress["search"]> {
  if (text === "") return null;
  if (!mayTellNumber(text)) return ["query", text];
  const claims = { sub: actor.wxUserId, text };
  return ["q", await sealer.seal(claims, AUDIENCE, SECONDS)];
}

export function stateIn(params: URLSearchParams): OrderState | null {
  return ORDER_STATES.find((one) => one === params.get("state")) ?? null;
}
