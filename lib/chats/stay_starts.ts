/**
 * The beginning of a stay. WeCom does not always say when somebody joined; then
 * it is assumed, and put right when a later answer tells. WeCom's times are whole
 * seconds, so an assumed one is known by its milliseconds.
 */
import type { Queries } from "../store/database.ts";
import type { GroupChat, GroupMember } from "../wecom/mod.ts";

const SECOND_MS = 1_000;

/** The moment before `at`, ms since epoch. */
export function assume(at: number): Date {
  return new Date(Math.floor(at / SECOND_MS) * SECOND_MS - 1);
}

export function isAssumed(at: Date): boolean {
  return at.getTime() % SECOND_MS !== 0;
}

interface Past {
  memberId: string;
  joinedAt: Date;
  leftAt: Date;
  quitScene: string | null;
}

/** Who is there and has no open stay; `arrivals` are what events told. */
export async function beginStays(
  queries: Queries,
  { chatId, createTime }: GroupChat,
  readAt: number,
  members: readonly GroupMember[],
  arrivals: readonly { readonly memberId: string; readonly at: number }[],
): Promise<void> {
  if (members.length === 0) return;
  const past = await queries<Past[]>`
    select distinct on (member_id) member_id, joined_at, left_at, quit_scene
    from chat_member
    where chat_id = ${chatId} and left_at is not null
      and member_id = any(${members.map((one) => one.userId)}::text[])
    order by member_id, joined_at desc`;
  const lasts = new Map(past.map((stay) => [stay.memberId, stay]));
  const rows: Record<string, unknown>[] = [];
  for (const one of members) {
    const last = lasts.get(one.userId);
    // An answer had lagged: nobody told of an end, and the stay goes on.
    if (last && goesOn(last, one)) {
      await reopen(queries, chatId, last, one);
      continue;
    }
    const told = arrivals.findLast((arrival) =>
      arrival.memberId === one.userId &&
      arrival.at >= (last?.leftAt.getTime() ?? 0)
    )?.at;
    rows.push({
      chatId,
      memberId: one.userId,
      type: one.type,
      name: one.name,
      joinedAt: one.joinTime
        ? new Date(one.joinTime)
        : assume(told ?? ((last ? 0 : createTime) || readAt)),
      joinScene: one.joinScene,
      invitor: one.invitorWxUserId,
      state: one.state,
    });
  }
  if (rows.length === 0) return;
  // The same stay was thought over, though an event had told of its end.
  await queries`
    insert into chat_member ${queries(rows)}
    on conflict (chat_id, member_id, joined_at) do update set
      left_at = null, quit_scene = null,
      name = excluded.name, state = excluded.state`;
}

function goesOn(last: Past, { joinTime }: GroupMember): boolean {
  if (last.quitScene !== null) return false;
  return joinTime === 0 || joinTime === last.joinedAt.getTime() ||
    isAssumed(last.joinedAt) && joinTime < last.leftAt.getTime();
}

async function reopen(
  queries: Queries,
  chatId: string,
  { memberId, joinedAt }: Past,
  { joinTime, name, state }: GroupMember,
): Promise<void> {
  await queries`
    update chat_member set left_at = null, name = ${name}, state = ${state},
      joined_at = ${joinTime ? new Date(joinTime) : joinedAt}
    where chat_id = ${chatId} and member_id = ${memberId}
      and joined_at = ${joinedAt}`;
}

/** Of open stays whose beginning had been assumed. */
export async function tellStarts(
  queries: Queries,
  chatId: string,
  members: readonly GroupMember[],
): Promise<void> {
  if (members.length === 0) return;
  await queries`
    update chat_member m set joined_at = told.joined_at
    from unnest(
      ${members.map((one) => one.userId)}::text[],
      ${
    members.map((one) => new Date(one.joinTime).toISOString())
  }::timestamptz[]
    ) as told (member_id, joined_at)
    where m.chat_id = ${chatId} and m.member_id = told.member_id
      and m.left_at is null
      -- An answer that lags may name the beginning of an earlier stay.
      and not exists (
        select 1 from chat_member earlier
        where earlier.chat_id = m.chat_id and earlier.member_id = m.member_id
          and earlier.left_at > told.joined_at)`;
}
