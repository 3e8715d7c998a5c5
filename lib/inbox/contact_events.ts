/**
 * Events of one contact: externalcontact/get (92114) tells who follows it now,
 * and that is written, whatever the events said and in whichever order they
 * came. If an event names somebody who is not among the followers, that
 * relation is over; errors 84061 and 40096 say that nobody follows the contact.
 */
import type { Sql, TransactionSql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { dropHalf, noteScans, type Scan } from "../codes/scans.ts";
import { createPaging } from "../wecom/paging.ts";
import { beginReading } from "../store/reading.ts";
import { audit } from "../audit/audit.ts";
import {
  dropFollow,
  saveContacts,
  tellTransferred,
} from "../contacts/mirror.ts";
import { holdContacts, isOvertaken } from "../contacts/standing.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";
import type { ContactEvent } from "../wecom/callback/event.ts";
import {
  type FollowedContact,
  getContact,
  isLossy,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { type Arrived, isSure, isYoung, latest } from "./arrived.ts";
import { LAG, type Outcome } from "./outcome.ts";
import { recentEvents } from "./task_queue.ts";

export interface ContactHandlerDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
}

const ADDED = "add_external_contact";
const HALF_ADDED = "add_half_external_contact";
const DELETED = "del_external_contact";
const TRANSFER_FAILED = "transfer_fail";
/** The `Source` of a deletion that a transfer made. */
const BY_TRANSFER = "DELETE_BY_TRANSFER";
/** A customer added without asking (免验证) may confirm a day later. */
const CONFIRMED_MS = 24 * 60 * 60_000;

/** Throws what WeCom answers. */
export async function readContact(
  { sql, vault, wecom, now }: ContactHandlerDeps,
  externalUserId: string,
  events: readonly Arrived<ContactEvent>[],
): Promise<Outcome> {
  // A fact that no answer has to show: half-added contacts are in none (84061).
  await noteScans(sql, events.flatMap(scanOf));
  const reading = await beginReading(sql, now);
  const { found, lossy } = await followersOf(wecom, externalUserId);
  const relations = new Map(
    found.map((row) => [userKey(row.followUser.wxUserId), row]),
  );
  const named = new Set(events.map((event) => userKey(event.wxUserId)));
  const lagging = [...named].some((key) =>
    lags(
      events.filter((event) => userKey(event.wxUserId) === key),
      relations.get(key),
      now(),
    )
  );
  if (lagging) return LAG;
  const rows = await withStates(sql, found, events);
  return {
    kind: "apply",
    async write(sql) {
      // In the order in which all who write contacts hold them.
      await holdContacts(sql);
      const keys = [...named, ...relations.keys()];
      if (await isOvertaken(sql, keys, reading)) return "stale";
      await saveContacts(sql, vault, rows, { run: null, reading });
      for (const key of named) {
        if (lossy || relations.has(key)) continue;
        await dropFollow(sql, key, externalUserId, reading);
        const last = latest(
          events.filter((one) => isSameUser(one.wxUserId, key)),
        );
        if (last?.change === DELETED) {
          await dropHalf(sql, key, externalUserId);
        }
        const transferred = events.some((one) =>
          isSameUser(one.wxUserId, key) && one.source === BY_TRANSFER
        );
        if (transferred) await tellTransferred(sql, key, externalUserId);
      }
      await tellOfFailedTransfers(sql, now, events);
    },
  };
}

function scanOf(event: Arrived<ContactEvent>): Scan[] {
  const half = event.change === HALF_ADDED;
  return half || event.change === ADDED ? [{ ...event, half }] : [];
}

async function followersOf(
  wecom: WecomClient,
  externalUserId: string,
): Promise<{ found: FollowedContact[]; lossy: boolean }> {
  const found: FollowedContact[] = [];
  // If some rows could not be read, somebody who was not found may follow it
  // still.
  let lossy = false;
  const paging = createPaging(getContact);
  try {
    let cursor: string | undefined;
    do {
      const page = await wecom.call(getContact, {
        externalUserId,
        ...(cursor ? { cursor } : {}),
      });
      for (const followUser of page.followUsers) {
        found.push({ contact: page.contact, followUser });
      }
      lossy ||= isLossy(page);
      cursor = paging(page.nextCursor);
    } while (cursor);
    return { found, lossy };
  } catch (error) {
    if (error instanceof WecomError && error.remedy === "gone") {
      return { found: [], lossy: false };
    }
    throw error;
  }
}

/**
 * The `state` of the code through which a customer came is in the event; if an
 * answer leaves it out, it is kept. The first event of the relation counts: if
 * the customer can add without consent, that is the half-added one.
 */
async function withStates(
  sql: Sql,
  found: readonly FollowedContact[],
  events: readonly Arrived<ContactEvent>[],
): Promise<FollowedContact[]> {
  const [first] = events;
  const lacking = found.filter(({ followUser }) =>
    followUser.state === null &&
    events.some((one) =>
      isSameUser(one.wxUserId, followUser.wxUserId) &&
      (one.change === ADDED || one.change === HALF_ADDED)
    )
  );
  if (!first || lacking.length === 0) return [...found];
  const since = Math.min(...lacking.map((row) => row.followUser.addedAt)) -
    CONFIRMED_MS;
  const subject = `contact/${first.externalUserId}`;
  const told = (await recentEvents(sql, subject, since)).flatMap((event) =>
    event.kind === "contact" && event.state !== null ? [event] : []
  ).sort((a, b) => a.at - b.at);
  return found.map(({ contact, followUser }) => {
    const event = told.find((one) =>
      isSameUser(one.wxUserId, followUser.wxUserId) &&
      one.at >= followUser.addedAt - CONFIRMED_MS
    );
    const state = followUser.state ?? event?.state ?? null;
    return { contact, followUser: { ...followUser, state } };
  });
}

/** Does the answer contradict the last event, and may it still be behind it? */
function lags(
  events: readonly Arrived<ContactEvent>[],
  relation: FollowedContact | undefined,
  now: number,
): boolean {
  const last = latest(events.filter((one) => one.change !== TRANSFER_FAILED));
  if (!last || !isYoung(last, now)) return false;
  if (last.change === ADDED) return relation === undefined;
  // WeCom may show nothing until the member has added the customer, too
  // (84061).
  if (last.change === HALF_ADDED) {
    return relation === undefined && !isSure(last, now);
  }
  // A customer who deletes the member stays in the list (84061, 90313): only the
  // member's own deletion ends the relation.
  return last.change === DELETED && relation !== undefined &&
    relation.followUser.addedAt < last.at;
}

async function tellOfFailedTransfers(
  sql: TransactionSql,
  now: () => number,
  events: readonly Arrived<ContactEvent>[],
): Promise<void> {
  for (const event of events) {
    if (event.change !== TRANSFER_FAILED) continue;
    await audit(sql, now, {
      actor: "wecom",
      action: "contact.transfer_failed",
      subject: event.externalUserId,
      outcome: "failed",
      detail: { wxUserId: event.wxUserId, reason: event.failReason },
    });
  }
}
