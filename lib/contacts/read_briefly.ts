/**
 * Reads contacts while a page is made: a short list is waited for; a long one
 * goes on being read after the page, which then shows the progress.
 */
import { briefly } from "../http/briefly.ts";
import type { Order } from "../orders/order.ts";
import type { Contacts, FreshMatch } from "./contacts.ts";
import type { SyncState } from "./sync.ts";

const PATIENCE_MS = 1_000;

export type BriefRead = "read" | "reading" | { failed: unknown };

/** Waits for the person's first read, but not for long. Never throws. */
export async function readBriefly(
  contacts: Contacts,
  wxUserId: string,
): Promise<BriefRead> {
  const reading = contacts.readOnce(wxUserId).then(
    (): BriefRead => "read",
    (failed: unknown): BriefRead => ({ failed }),
  );
  const read = await briefly(reading, PATIENCE_MS);
  return read === "late" ? "reading" : read;
}

export type BriefMatch =
  | { kind: "known"; match: FreshMatch }
  | { kind: "reading"; sync: SyncState }
  | { kind: "failed"; failed: unknown };

/**
 * The match for the person who opens an order's page; one query if the contacts
 * were read before.
 */
export async function matchBriefly(
  contacts: Contacts,
  order: Order,
  wxUserId: string,
): Promise<BriefMatch> {
  const match = await contacts.peek(order, wxUserId);
  try {
    if (await contacts.isRead(wxUserId, match.sync)) {
      return { kind: "known", match };
    }
  } catch (failed) {
    return await besidesBriefly(contacts, order, wxUserId, failed, match);
  }
  const read = await readBriefly(contacts, wxUserId);
  if (typeof read === "object") {
    return await besidesBriefly(contacts, order, wxUserId, read.failed, match);
  }
  const later = await contacts.peek(order, wxUserId);
  return read === "read"
    ? { kind: "known", match: later }
    : { kind: "reading", sync: later.sync };
}

/** An operator without customers of their own is shown who has this one. */
async function besidesBriefly(
  contacts: Contacts,
  order: Order,
  wxUserId: string,
  failed: unknown,
  known: FreshMatch,
): Promise<BriefMatch> {
  const besides = contacts.besidesOwn(order, wxUserId, failed, known)
    .catch(() => null);
  const match = await briefly(besides, PATIENCE_MS);
  return match && match !== "late"
    ? { kind: "known", match }
    : { kind: "failed", failed };
}
