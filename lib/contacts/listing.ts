/**
 * Lists a person's contacts (doc 92994), and checks what a finished listing
 * lacks. A contact may be missing in it although it exists: it was added a
 * moment ago, a page moved because another contact was deleted, a saved cursor
 * leads nowhere, a proxy answers with an empty object. So the newest contacts
 * that are missing are asked for one by one; only if none of them exists is the
 * listing believed for all.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { beginReading, type Reading } from "../store/reading.ts";
import { literal } from "../store/literal.ts";
import {
  batchGetByUser,
  CODE,
  type FollowedContact,
  getContact,
  getFollowUserList,
  isCode,
  isLossy,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { unavailable } from "../wecom/error.ts";
import { startTimer, within } from "../wecom/time.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";
import { askContact } from "./ask_contact.ts";
import { dropFollow, dropUnseen, hideFollows, saveContacts } from "./mirror.ts";

const PAGE = 100;
const ASKED = 20;
/** Time for all of them, asked in parallel, in line or not; shorter than the claim. */
const ASKING_MS = 8_000;

export interface ListingDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
  signal: AbortSignal;
}

export interface Page {
  contacts: readonly FollowedContact[];
  nextCursor: string | null;
  /** WeCom says in so many words that there is nobody. */
  nobody: boolean;
  /** Some of its rows could not be used: it does not name everybody. */
  lossy: boolean;
}

export async function readPage(
  { wecom, signal }: ListingDeps,
  wxUserId: string,
  cursor: string,
): Promise<Page> {
  try {
    const page = await wecom.call(batchGetByUser, {
      wxUserIds: [wxUserId],
      cursor,
      limit: PAGE,
    }, { signal });
    // Only one person was asked for, so rows that name nobody are theirs.
    const contacts = [
      ...page.unnamed.map(({ contact, followUser }) => ({
        contact,
        followUser: { ...followUser, wxUserId },
      })),
      ...page.contacts,
    ];
    const { nextCursor } = page;
    return { contacts, nextCursor, nobody: false, lossy: isLossy(page) };
  } catch (error) {
    // The person follows nobody: this error may come instead of an empty list.
    const nobody = isCode(error, CODE.NO_RELATION);
    if (cursor !== "" || !nobody) throw error;
    return { contacts: [], nextCursor: null, nobody, lossy: false };
  }
}

export type CheckedListing =
  /** The listing is complete: contacts that it lacks are gone. */
  | { kind: "complete" }
  /** WeCom shows nobody's contacts of this person any more. */
  | { kind: "hidden"; reading: Reading }
  /**
   * The listing lacks contacts that exist, so it says nothing about the others.
   */
  | { kind: "doubted"; gone: string[]; reading: Reading };

interface ListingRun {
  run: number;
  firstReading: string;
}

/**
 * Call it before the last page is written; `seen` includes that page. A `lossy`
 * listing ends only contacts that WeCom, asked one by one, does not know.
 */
export async function checkListing(
  deps: ListingDeps,
  wxUserId: string,
  { run, firstReading }: ListingRun,
  last: Page,
  { seen, lossy }: { seen: number; lossy: boolean },
): Promise<CheckedListing> {
  const { sql, vault, wecom, now, signal } = deps;
  const listed = last.contacts.map((row) => row.contact.externalUserId);
  const missing = await sql<{ externalUserId: string }[]>`
    select external_user_id from contact_follow
    where wx_user_id = ${userKey(wxUserId)} and seen_in_run <> ${run}
      and deleted_at is null and reading < ${firstReading}
      and external_user_id <> all(${listed}::text[])
    order by added_at desc, external_user_id limit ${literal(sql, ASKED)}`;
  if (missing.length === 0) return { kind: "complete" };
  const reading = await beginReading(sql, now);
  if (seen === 0) {
    const able = await wecom.call(getFollowUserList, undefined, { signal });
    const isAble = able.wxUserIds.some((id) => isSameUser(id, wxUserId));
    if (!isAble && !isLossy(able)) return { kind: "hidden", reading };
    if (last.nobody) return { kind: "complete" };
  }
  const there: FollowedContact[] = [];
  const gone: string[] = [];
  await Promise.all(missing.map(async ({ externalUserId }) => {
    try {
      const found = await within(
        ASKING_MS,
        () => unavailable(getContact.name, "timeout"),
        signal,
        startTimer,
        (signal) => askContact(wecom, wxUserId, externalUserId, { signal }),
      );
      if (found) there.push(found);
      else gone.push(externalUserId);
    } catch (error) {
      if (!(error instanceof WecomError) || signal.aborted) throw error;
      // If WeCom refuses for good, only the listing can tell. Otherwise the
      // contact stays as it is, and the next listing will show.
      if (isFinal(error)) gone.push(externalUserId);
    }
  }));
  if (gone.length === missing.length && !lossy) return { kind: "complete" };
  // In a transaction of its own: each transaction locks its rows in one order.
  await sql.begin((sql) => saveContacts(sql, vault, there, { run, reading }));
  return { kind: "doubted", gone, reading };
}

function isFinal({ failure, remedy, status }: WecomError): boolean {
  return failure === "errcode" && remedy !== "retry" ||
    failure === "http" && status !== null && status < 500;
}

/** Writes what the check found; answers how many are no contacts any more. */
export async function applyListing(
  queries: Queries,
  wxUserId: string,
  listed: ListingRun,
  checked: CheckedListing,
  at: Date,
): Promise<number> {
  if (checked.kind === "complete") {
    return await dropUnseen(queries, wxUserId, listed, at);
  }
  const { kind, reading } = checked;
  if (kind === "hidden") return await hideFollows(queries, wxUserId, reading);
  for (const externalUserId of checked.gone) {
    await dropFollow(queries, wxUserId, externalUserId, reading);
  }
  return checked.gone.length;
}
