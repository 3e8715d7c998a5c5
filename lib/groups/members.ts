/**
 * Who is and was in a group. A stay is a row: who comes back has a second one,
 * and no row is ever removed. groupchat/get tells only who is there now (92122),
 * so the end of a stay is when an event said it was, else when it was noticed.
 */
import type { Queries } from "../store/database.ts";
import type { GroupChat, GroupMember } from "../wecom/mod.ts";

/** How a stay ended, as an event told it. */
export interface Departure {
  /** ms since epoch. */
  readonly at: number;
  readonly scene: "left" | "removed" | null;
}

interface Stay {
  memberId: string;
  joinedAt: Date;
  name: string;
  state: string | null;
}

/** Call it in the transaction that has written the group's own row. */
export async function saveMembers(
  queries: Queries,
  chat: GroupChat,
  readAt: number,
  departures: ReadonlyMap<string, Departure>,
): Promise<void> {
  const { chatId } = chat;
  const members = new Map(chat.members.map((one) => [one.userId, one]));
  const stays = await queries<Stay[]>`
    select member_id, joined_at, name, state from chat_member
    where chat_id = ${chatId} and left_at is null`;
  const over = stays.filter((stay) => {
    const member = members.get(stay.memberId);
    return !member || cameBack(member, stay);
  });
  await endStays(
    queries,
    chatId,
    over.map((stay) => {
      // Who is there again left before that.
      const latest = members.get(stay.memberId)?.joinTime ?? readAt;
      return { stay, ...endOf(stay, departures.get(stay.memberId), latest) };
    }),
  );
  const open = new Map(stays.map((stay) => [stay.memberId, stay]));
  for (const stay of over) open.delete(stay.memberId);
  const changed = [...members.values()].filter((member) => {
    const stay = open.get(member.userId);
    return stay && (stay.name !== member.name ||
      stay.state !== member.state);
  });
  await describe(queries, chatId, changed);
  const added = [...members.values()].filter((one) => !open.has(one.userId));
  if (added.length === 0) return;
  const rows = added.map((one) => ({
    chatId,
    memberId: one.userId,
    type: one.type,
    name: one.name,
    joinedAt: new Date(one.joinTime || chat.createTime || readAt),
    joinScene: one.joinScene,
    invitor: one.invitorWxUserId,
    state: one.state,
  }));
  // The same stay was thought over: an answer had lagged. It goes on.
  await queries`
    insert into chat_member ${queries(rows)}
    on conflict (chat_id, member_id, joined_at) do update set
      left_at = null, quit_scene = null,
      name = excluded.name, state = excluded.state`;
}

/** A later time of joining than the one we know: this is another stay. */
function cameBack(member: GroupMember, stay: Stay): boolean {
  return member.joinTime > stay.joinedAt.getTime();
}

function endOf(
  stay: Stay,
  departure: Departure | undefined,
  latest: number,
): { leftAt: Date; scene: string | null } {
  // Events count seconds, so one may seem to come before the joining.
  const told = departure !== undefined &&
    departure.at >= stay.joinedAt.getTime() && departure.at <= latest;
  return told
    ? { leftAt: new Date(departure.at), scene: departure.scene }
    : { leftAt: new Date(latest), scene: null };
}

async function endStays(
  queries: Queries,
  chatId: string,
  ends: readonly { stay: Stay; leftAt: Date; scene: string | null }[],
): Promise<void> {
  if (ends.length === 0) return;
  await queries`
    update chat_member m set left_at = over.left_at, quit_scene = over.scene
    from unnest(
      ${ends.map((end) => end.stay.memberId)}::text[],
      ${ends.map((end) => end.leftAt.toISOString())}::timestamptz[],
      ${ends.map((end) => end.scene)}::text[]
    ) as over (member_id, left_at, scene)
    where m.chat_id = ${chatId} and m.member_id = over.member_id
      and m.left_at is null`;
}

async function describe(
  queries: Queries,
  chatId: string,
  members: readonly GroupMember[],
): Promise<void> {
  if (members.length === 0) return;
  await queries`
    update chat_member m set name = now.name, state = now.state
    from unnest(
      ${members.map((one) => one.userId)}::text[],
      ${members.map((one) => one.name)}::text[],
      ${members.map((one) => one.state)}::text[]
    ) as now (member_id, name, state)
    where m.chat_id = ${chatId} and m.member_id = now.member_id
      and m.left_at is null`;
}
