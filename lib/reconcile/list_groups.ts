/**
 * Lists the groups of all owners: slices of at most 100 owners, pages of 1000
 * (doc 92120). Each page is saved with its cursor, which is valid for its slice
 * alone. If WeCom does not know one owner, it refuses the whole slice: the
 * slice is halved until that owner stands alone. An owner was listed completely
 * only if the slice came to its end and every row could be used.
 *
 * The document says to name owners who left; reports say that WeCom refuses
 * them with 40003. Then the groups of all owners who left are asked for without
 * a name, which is refused to a company of more than 1,000 visible members
 * (81017); else by name and status.
 */
import type { Sql } from "../store/database.ts";
import {
  CODE,
  getFollowUserList,
  type GroupChatPage,
  isCode,
  isOfOne,
  listGroupChats,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { createPaging, doubtsCursor } from "../wecom/paging.ts";
import { userKey } from "../staff/user_id.ts";
import { advance, countError } from "./run_report.ts";
import type { Run } from "./run_claims.ts";
import { isUnnamed } from "./due_groups.ts";
import {
  countListed,
  countOpen,
  isListed,
  isPlanned,
  LEFT,
  nextSlice,
  noteChats,
  openLeft,
  planSlices,
  refuseSlice,
  savePage,
  type Slice,
  splitSlice,
} from "./slices.ts";

/** Invalid or unknown member; not in the app's scope; without the right. */
const BAD_OWNER: ReadonlySet<number | null> = new Set([
  CODE.UNKNOWN_MEMBER,
  CODE.OUT_OF_SCOPE,
  CODE.MEMBER_LEFT,
  CODE.NO_CONTACT_RIGHT,
]);

export interface ListDeps {
  sql: Sql;
  wecom: WecomClient;
  run: Run;
  signal: AbortSignal;
}

/** Throws WeCom's errors, unless they concern single owners. */
export async function listGroups(deps: ListDeps): Promise<void> {
  const { wecom, run, signal } = deps;
  if (!await isPlanned(deps)) {
    const able = await wecom.call(getFollowUserList, undefined, { signal });
    await planSlices(deps, able.wxUserIds);
  }
  advance(run.tally, { of: await countOpen(deps) });
  for (let slice; (slice = await nextSlice(deps));) {
    await listSlice(deps, slice);
    advance(run.tally, { done: 1 });
  }
  run.tally.counts.listed = await countListed(deps);
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
        ...asked(slice),
        ...(cursor ? { cursor } : {}),
      }, { signal });
      next = paging(page.nextCursor);
    } catch (error) {
      if (error instanceof WecomError && BAD_OWNER.has(error.errcode)) {
        return await leaveOut(deps, slice, error);
      }
      if (mayRestart && doubtsCursor(error)) {
        [cursor, mayRestart] = ["", false];
        paging = createPaging(listGroupChats);
        continue;
      }
      // Such as an id that the ERP wrote with a blank in it, or 81017.
      if (isOfOne(error) && error.remedy === "bug") {
        return await leaveOut(deps, slice, error);
      }
      throw error;
    }
    await savePage(deps, slice, page);
    if (next === undefined) return;
    cursor = next;
  }
}

function asked({ owners }: Slice) {
  return owners.length === 0
    ? { ownerStatus: "owner_left" as const }
    : { ownerWxUserIds: owners };
}

/**
 * Halves a slice with somebody whom WeCom refuses. An owner who stands alone is
 * left out; if this owner has groups that no other listing names, the error is
 * counted.
 */
async function leaveOut(
  deps: ListDeps,
  slice: Slice,
  error: WecomError,
): Promise<void> {
  const { owners } = slice;
  if (owners.length > 1) return await splitSlice(deps, slice);
  const [only] = owners;
  const told = only === undefined
    ? !isCode(error, CODE.TOO_MANY_OWNERS) && !isLeft(error)
    : await isUnlisted(deps, only, error);
  if (told) countError(deps.run.tally, error);
  await refuseSlice(deps, slice);
}

/** The owner has left the company. */
function isLeft({ errcode }: WecomError): boolean {
  return errcode === CODE.UNKNOWN_MEMBER || errcode === CODE.MEMBER_LEFT;
}

/**
 * Lists the groups of an owner who left in the two other ways, as far as WeCom
 * allows.
 */
async function listLeft(
  deps: ListDeps,
  owner: string,
): Promise<void> {
  const { sql, wecom, run, signal } = deps;
  const left = await openLeft(deps);
  if (left) await listSlice(deps, left);
  if (await isListed(deps, LEFT)) return;
  const paging = createPaging(listGroupChats);
  let cursor: string | undefined;
  try {
    do {
      const page: GroupChatPage = await wecom.call(listGroupChats, {
        ownerWxUserIds: [owner],
        ownerStatus: "owner_left",
        ...(cursor ? { cursor } : {}),
      }, { signal });
      await noteChats(sql, run, [owner], page);
      cursor = paging(page.nextCursor);
    } while (cursor);
  } catch (refused) {
    if (!isOfOne(refused)) throw refused;
  }
}

/** Does this owner, whom WeCom refuses, have groups that were not listed? */
async function isUnlisted(
  deps: ListDeps,
  owner: string,
  error: WecomError,
): Promise<boolean> {
  const { sql, run } = deps;
  if (isLeft(error)) await listLeft(deps, owner);
  const known = await sql`
    select 1 from chat
    where lower(owner collate "C") = ${userKey(owner)}
      and dismissed_at is null and ${isUnnamed(sql, run)}
    limit 1`;
  return known.length > 0;
}
