/**
 * Reads the contacts of up to 100 people in one listing (doc 92994), for the
 * night: people with few contacts share pages of 100. It writes what is new or
 * otherwise, and confirms the people whose contacts it named all. It ends no
 * relation: whoever has contacts that it did not name, or was changed by
 * somebody else meanwhile, is left to a listing of their own, with its checks.
 * WeCom does not say whose fault a refusal is, nor whose a row is that cannot be
 * read, so such a listing is halved.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { beginReading } from "../store/reading.ts";
import {
  batchGetByUser,
  type ContactPage,
  type FollowedContact,
  isLossy,
  isOfOne,
  type WecomClient,
} from "../wecom/mod.ts";
import { createPaging } from "../wecom/paging.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { withoutErased } from "./erase.ts";
import { saveContacts } from "./mirror.ts";
import {
  confirmContacts,
  type Named,
  relationKey,
  standing,
} from "./standing.ts";

const PAGE = 100;

export interface TogetherDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  now: () => number;
  signal: AbortSignal;
}

export interface ReadTogether {
  /** Their contacts were read, and how many each has. */
  read: Map<UserKey, number>;
  /** To be read one by one. */
  alone: string[];
}

/**
 * At most 100 people, who were read before; also one, who has many. Throws errors
 * of WeCom's that do not concern single people; what was written until then stays.
 */
export async function readTogether(
  deps: TogetherDeps,
  wxUserIds: readonly string[],
): Promise<ReadTogether> {
  try {
    const read = await readAll(deps, wxUserIds);
    if (read) return read;
  } catch (error) {
    if (!isOfOne(error) || deps.signal.aborted) throw error;
  }
  const half = Math.ceil(wxUserIds.length / 2);
  const one = await readHalf(deps, wxUserIds.slice(0, half));
  const other = await readHalf(deps, wxUserIds.slice(half));
  return {
    read: new Map([...one.read, ...other.read]),
    alone: [...one.alone, ...other.alone],
  };
}

/** Who is left alone of such a listing is read by the person's own. */
async function readHalf(
  deps: TogetherDeps,
  wxUserIds: readonly string[],
): Promise<ReadTogether> {
  return wxUserIds.length < 2
    ? { read: new Map(), alone: [...wxUserIds] }
    : await readTogether(deps, wxUserIds);
}

/** null: it has rows of which nobody can tell whose they are. */
async function readAll(
  deps: TogetherDeps,
  wxUserIds: readonly string[],
): Promise<ReadTogether | null> {
  const { sql, wecom, now, signal } = deps;
  const people = new Map(wxUserIds.map((id): [UserKey, Named] => [
    userKey(id),
    { count: 0, sum: 0n },
  ]));
  const paging = createPaging(batchGetByUser);
  let cursor: string | undefined = "";
  let last: Awaited<ReturnType<typeof beginReading>>;
  do {
    signal.throwIfAborted();
    last = await beginReading(sql, now);
    const page: ContactPage = await wecom.call(batchGetByUser, {
      wxUserIds,
      cursor,
      limit: PAGE,
    }, { signal });
    if (isLossy(page) || page.unnamed.length > 0) return null;
    await keepPage(deps, people, page.contacts, last);
    cursor = paging(page.nextCursor);
  } while (cursor !== undefined);
  const to = last.number;
  const at = new Date(now());
  const read = await sql.begin((sql) =>
    confirmContacts(sql, people, { to, at })
  );
  return {
    read: new Map([...read].map((key) => [key, people.get(key)?.count ?? 0])),
    alone: wxUserIds.filter((id) => !read.has(userKey(id))),
  };
}

/** Writes what the mirror has not, and adds up what it has then. */
async function keepPage(
  { sql, vault }: TogetherDeps,
  people: Map<UserKey, Named>,
  contacts: readonly FollowedContact[],
  reading: Awaited<ReturnType<typeof beginReading>>,
): Promise<void> {
  const rows = contacts.filter(({ followUser }) =>
    people.has(userKey(followUser.wxUserId))
  );
  // As they are written: a row that stands is found by what is in it.
  const kept = await withoutErased(sql, rows);
  const stand = await standing(sql, vault, kept);
  const others = kept.filter((row) => !stand.has(relationKey(row)));
  if (others.length > 0) {
    await sql.begin((sql) =>
      saveContacts(sql, vault, others, { run: null, reading })
    );
    for (const [key, digest] of await standing(sql, vault, others)) {
      stand.set(key, digest);
    }
  }
  for (const row of rows) {
    const named = people.get(userKey(row.followUser.wxUserId));
    if (!named) continue;
    named.count += 1;
    // A row that does not stand lacks in the sum: the person is read alone.
    named.sum += stand.get(relationKey(row)) ?? 0n;
  }
}
