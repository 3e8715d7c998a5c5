/**
 * The slices of a run: whose groups are listed together, how far each listing
 * is, and what it named. Kept in the database, so that whoever takes the run up
 * goes on where it was.
 */
import type { Queries, Sql } from "../store/database.ts";
import { noteListed } from "../chats/owner_status.ts";
import { type GroupChatPage, isLossy } from "../wecom/mod.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import type { Run } from "./run_claims.ts";

const OWNERS_A_SLICE = 100;
/** The slice of all owners who left, without their names. */
export const LEFT = "0";

export interface Slice {
  slice: string;
  /** Empty for {@linkcode LEFT}. */
  owners: string[];
  nextCursor: string;
}

interface SliceDeps {
  sql: Sql;
  run: Run;
}

export async function isPlanned({ sql, run }: SliceDeps): Promise<boolean> {
  const planned = await sql`
    select 1 from reconcile_slice where run_id = ${run.runId} limit 1`;
  return planned.length > 0;
}

/** A slice that is not listed to its end; undefined: there is none. */
export async function nextSlice(
  { sql, run }: SliceDeps,
): Promise<Slice | undefined> {
  const [slice] = await sql<Slice[]>`
    select slice, owners, next_cursor from reconcile_slice
    where run_id = ${run.runId} and state = 'open' order by slice limit 1`;
  return slice;
}

/** How many slices are not listed to their end. */
export async function countOpen({ sql, run }: SliceDeps): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from reconcile_slice
    where run_id = ${run.runId} and state = 'open'`;
  return row?.count ?? 0;
}

/** Was it listed to its end, and could every row be used? */
export async function isListed(
  { sql, run }: SliceDeps,
  slice: string,
): Promise<boolean> {
  const listed = await sql`
    select 1 from reconcile_slice
    where run_id = ${run.runId} and slice = ${slice} and state = 'complete'`;
  return listed.length > 0;
}

/**
 * Plans the slices of a run: all staff, who may own groups, and every owner of
 * a group that we know, also those who left.
 */
export async function planSlices(
  { sql, run }: SliceDeps,
  ableWxUserIds: readonly string[],
): Promise<void> {
  const able = new Map(ableWxUserIds.map((id) => [userKey(id), id]));
  // Each person once, in WeCom's spelling if that is known.
  const rows = await sql<{ key: UserKey; owner: string }[]>`
    select distinct on (key) key, owner from (
      select user_key as key, wx_user_id as owner, true as from_erp from staff
      union all
      select lower(owner collate "C"), owner, false from chat
      where dismissed_at is null and owner <> ''
    ) people order by key, from_erp, owner`;
  const owners = rows.map(({ key, owner }) => able.get(key) ?? owner);
  // People without the right to customers have slices of their own: WeCom
  // refuses some of them, and the others must not be halved with these.
  const slices = [
    ...inSlices(owners.filter((owner) => able.has(userKey(owner)))),
    ...inSlices(owners.filter((owner) => !able.has(userKey(owner)))),
  ].map((owners, index) => ({
    slice: String(index).padStart(4, "0"),
    owners,
  }));
  run.tally.counts.owners = owners.length;
  // All slices in one transaction: after half a plan the rest would never be
  // listed.
  await sql.begin(async (sql) => {
    await run.hold(sql);
    for (const one of slices) {
      await sql`insert into reconcile_slice ${sql(opened(run, one))}`;
    }
  });
}

function opened({ runId }: Run, slice: Pick<Slice, "slice" | "owners">) {
  return { runId, ...slice, state: "open", nextCursor: "" };
}

function inSlices(owners: string[]): string[][] {
  const count = Math.ceil(owners.length / OWNERS_A_SLICE);
  return Array.from(
    { length: count },
    (_, n) => owners.slice(n * OWNERS_A_SLICE, (n + 1) * OWNERS_A_SLICE),
  );
}

/**
 * Opens {@linkcode LEFT} once in a run; undefined when it was listed or refused
 * already.
 */
export async function openLeft(
  { sql, run }: SliceDeps,
): Promise<Slice | undefined> {
  await sql`
    insert into reconcile_slice ${sql(opened(run, { slice: LEFT, owners: [] }))}
    on conflict do nothing`;
  const [left] = await sql<Slice[]>`
    select slice, owners, next_cursor from reconcile_slice
    where run_id = ${run.runId} and slice = ${LEFT} and state = 'open'`;
  return left;
}

/** Saves what a page names, and the cursor of the next page. */
export async function savePage(
  { sql, run }: SliceDeps,
  { slice, owners }: Slice,
  page: GroupChatPage,
): Promise<void> {
  await sql.begin(async (sql) => {
    await run.hold(sql);
    await noteChats(sql, run, owners, page);
    await sql`
      update reconcile_slice set next_cursor = ${page.nextCursor ?? ""},
        lossy = lossy or ${isLossy(page)},
        state = case when ${page.nextCursor !== null} then 'open'
          when lossy or ${isLossy(page)} then 'refused' else 'complete' end
      where run_id = ${run.runId} and slice = ${slice}`;
  });
}

/**
 * Remembers which groups were listed for these owners; without owners: for
 * nobody in particular. Of most of them a hash is enough: only those that the
 * mirror lacks or believes dissolved, and those whose owner left, are rows.
 */
export async function noteChats(
  sql: Queries,
  { runId }: Run,
  owners: readonly string[],
  { chats }: GroupChatPage,
): Promise<void> {
  const ids = chats.map((chat) => chat.chatId);
  const statuses = chats.map((chat) => chat.ownerStatus);
  await sql`
    insert into reconcile_page (run_id, chats)
    select ${runId}, array_agg(hashtextextended(id, 0))
    from unnest(${ids}::text[]) as id having count(*) > 0`;
  await sql`
    insert into reconcile_seen (run_id, chat_id, owner_status)
    select ${runId}, id, max(status)
    from unnest(${ids}::text[], ${statuses}::text[]) as page (id, status)
    left join chat on chat.chat_id = page.id and chat.dismissed_at is null
    where chat.chat_id is null or status <> 'normal'
    group by id
    on conflict (run_id, chat_id) do update set
      owner_status = excluded.owner_status
    where reconcile_seen.owner_status <> excluded.owner_status`;
  await noteListed(sql, owners, chats);
}

/** How many different groups the listings named. */
export async function countListed({ sql, run }: SliceDeps): Promise<number> {
  const [seen] = await sql<{ count: number }[]>`
    select count(distinct chat)::int as count
    from reconcile_page, unnest(chats) as chat
    where run_id = ${run.runId}`;
  return seen?.count ?? 0;
}

/**
 * The slice cannot be listed: nothing is concluded about its owners' groups.
 */
export async function refuseSlice(
  { sql, run }: SliceDeps,
  slice: Slice,
): Promise<void> {
  await sql.begin(async (sql) => {
    await run.hold(sql);
    await endRefused(sql, run, slice);
  });
}

async function endRefused(
  queries: Queries,
  { runId }: Run,
  { slice }: Slice,
): Promise<void> {
  await queries`
    update reconcile_slice set state = 'refused'
    where run_id = ${runId} and slice = ${slice}`;
}

/** Splits the slice in two halves, since one of its owners cannot be listed. */
export async function splitSlice(
  { sql, run }: SliceDeps,
  whole: Slice,
): Promise<void> {
  const { slice, owners } = whole;
  const half = Math.ceil(owners.length / 2);
  const parts = [owners.slice(0, half), owners.slice(half)];
  await sql.begin(async (sql) => {
    await run.hold(sql);
    await endRefused(sql, run, whole);
    for (const [index, part] of parts.entries()) {
      await sql`
        insert into reconcile_slice ${
        sql(opened(run, {
          slice: `${slice}${index === 0 ? "a" : "b"}`,
          owners: part,
        }))
      } on conflict do nothing`;
    }
  });
}
