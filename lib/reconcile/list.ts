/**
 * Lists the groups of all owners: slices of at most 100 owners, pages of 1000
 * (doc 92120; without owners a large company is refused with 81017). Each page
 * is saved with its cursor, which belongs to its slice alone. One owner whom
 * WeCom does not know spoils a slice: it is halved until that one stands alone.
 * Only an owner whose slice came to its end was listed completely.
 */
import type { Sql } from "../store/database.ts";
import {
  CODE,
  getFollowUserList,
  type GroupChatPage,
  isCode,
  listGroupChats,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { createPaging, doubtsCursor } from "../wecom/paging.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { countError } from "./report.ts";
import type { Run } from "./runs.ts";

const OWNERS_A_SLICE = 100;
/** Invalid or unknown member; not in the app's scope; without the right. */
const BAD_OWNER: ReadonlySet<number | null> = new Set([
  CODE.UNKNOWN_MEMBER,
  CODE.OUT_OF_SCOPE,
  CODE.MEMBER_LEFT,
  CODE.NO_CONTACT_RIGHT,
]);

interface Slice {
  slice: string;
  owners: string[];
  nextCursor: string;
}

export interface ListDeps {
  sql: Sql;
  wecom: WecomClient;
  run: Run;
  signal: AbortSignal;
}

/** Throws what WeCom answers, unless it concerns single owners. */
export async function listGroups(deps: ListDeps): Promise<void> {
  const { sql, run } = deps;
  await plan(deps);
  for (;;) {
    const [slice] = await sql<Slice[]>`
      select slice, owners, next_cursor from reconcile_slice
      where run_id = ${run.runId} and state = 'open' order by slice limit 1`;
    if (!slice) break;
    await listSlice(deps, slice);
  }
  const [seen] = await sql<{ count: number }[]>`
    select count(*)::int as count from reconcile_seen
    where run_id = ${run.runId}`;
  run.tally.counts.listed = seen?.count ?? 0;
}

/**
 * Who owns groups, or may: our staff, and every owner of a group we know. The
 * resigned are among them: their groups are listed only when they are named.
 */
async function plan({ sql, wecom, run, signal }: ListDeps): Promise<void> {
  const planned = await sql`
    select 1 from reconcile_slice where run_id = ${run.runId} limit 1`;
  if (planned.length > 0) return;
  const { wxUserIds } = await wecom.call(getFollowUserList, undefined, {
    signal,
  });
  const able = new Map(wxUserIds.map((id) => [userKey(id), id]));
  // Each once, as WeCom spells it where it told.
  const rows = await sql<{ key: UserKey; owner: string }[]>`
    select distinct on (key) key, owner from (
      select user_key as key, wx_user_id as owner, true as from_erp from staff
      union all
      select lower(owner collate "C"), owner, false from chat
      where dismissed_at is null and owner <> ''
    ) people order by key, from_erp, owner`;
  const owners = rows.map(({ key, owner }) => able.get(key) ?? owner);
  // Who may not have groups any more, or never might: some of these are
  // refused, and those that are not must not be halved with them.
  const slices = [
    ...inSlices(owners.filter((owner) => able.has(userKey(owner)))),
    ...inSlices(owners.filter((owner) => !able.has(userKey(owner)))),
  ].map((owners, index) => ({
    runId: run.runId,
    slice: String(index).padStart(4, "0"),
    owners,
    state: "open",
    nextCursor: "",
  }));
  run.tally.counts.owners = owners.length;
  // All or nothing: of half a plan the rest would never be listed.
  await sql.begin(async (sql) => {
    await run.hold(sql);
    for (const slice of slices) {
      await sql`insert into reconcile_slice ${sql(slice)}`;
    }
  });
}

function inSlices(owners: string[]): string[][] {
  const count = Math.ceil(owners.length / OWNERS_A_SLICE);
  return Array.from(
    { length: count },
    (_, n) => owners.slice(n * OWNERS_A_SLICE, (n + 1) * OWNERS_A_SLICE),
  );
}

async function listSlice(deps: ListDeps, slice: Slice): Promise<void> {
  const { wecom, signal } = deps;
  let cursor = slice.nextCursor;
  let paging = createPaging(listGroupChats, cursor);
  // A saved cursor may have lost its meaning: once more from the start.
  let mayRestart = cursor !== "";
  for (;;) {
    let page: GroupChatPage;
    let next: string | undefined;
    try {
      page = await wecom.call(listGroupChats, {
        ownerWxUserIds: slice.owners,
        ...(cursor ? { cursor } : {}),
      }, { signal });
      next = paging(page.nextCursor);
    } catch (error) {
      if (error instanceof WecomError && BAD_OWNER.has(error.errcode)) {
        return await split(deps, slice, error);
      }
      if (mayRestart && doubtsCursor(error)) {
        [cursor, mayRestart] = ["", false];
        paging = createPaging(listGroupChats);
        continue;
      }
      // A cursor, or an id that the ERP wrote with a blank in it.
      if (isCode(error, CODE.PARAMETER_INVALID)) {
        return await split(deps, slice, error);
      }
      throw error;
    }
    await savePage(deps, slice, page);
    if (next === undefined) return;
    cursor = next;
  }
}

async function savePage(
  { sql, run }: ListDeps,
  { slice, owners }: Slice,
  { chats, nextCursor }: GroupChatPage,
): Promise<void> {
  const ids = chats.map((chat) => chat.chatId);
  const statuses = chats.map((chat) => chat.ownerStatus);
  await sql.begin(async (sql) => {
    await run.hold(sql);
    await sql`
      insert into reconcile_seen (run_id, chat_id, owner_status)
      select ${run.runId}, id, max(status)
      from unnest(${ids}::text[], ${statuses}::text[]) as page (id, status)
      group by id
      on conflict (run_id, chat_id) do update set
        owner_status = excluded.owner_status`;
    // An owner who left is no reason to call a group dismissed, but one to
    // read it: it may have another owner by now. So has one that is listed for
    // others than the owner we know.
    await sql`
      update chat set owner_status = page.status,
        announced = coalesce(announced, nextval('reading'))
      from unnest(${ids}::text[], ${statuses}::text[]) as page (id, status)
      where chat.chat_id = page.id
        and (chat.owner_status <> page.status
          or lower(chat.owner collate "C")
            <> all(${owners.map(userKey)}::text[]))`;
    await sql`
      update reconcile_slice set next_cursor = ${nextCursor ?? ""},
        state = ${nextCursor === null ? "complete" : "open"}
      where run_id = ${run.runId} and slice = ${slice}`;
  });
}

/** An owner who stands alone is left out; of one with groups it is told. */
async function split(
  { sql, run }: ListDeps,
  { slice, owners }: Slice,
  error: WecomError,
): Promise<void> {
  const half = Math.ceil(owners.length / 2);
  const parts = [owners.slice(0, half), owners.slice(half)];
  const [only] = owners;
  if (owners.length === 1 && only !== undefined) {
    const known = await sql`
      select 1 from chat where lower(owner collate "C") = ${userKey(only)}
        and dismissed_at is null limit 1`;
    if (known.length > 0) countError(run.tally, error);
  }
  await sql.begin(async (sql) => {
    await run.hold(sql);
    await sql`
      update reconcile_slice set state = 'refused'
      where run_id = ${run.runId} and slice = ${slice}`;
    if (owners.length === 1) return;
    for (const [index, part] of parts.entries()) {
      await sql`
        insert into reconcile_slice ${
        sql({
          runId: run.runId,
          slice: `${slice}${index === 0 ? "a" : "b"}`,
          owners: part,
          state: "open",
          nextCursor: "",
        })
      } on conflict do nothing`;
    }
  });
}
