/**
 * Who is and was in a group. A stay is a row: who comes back has a second one,
 * and no row is ever removed. groupchat/get tells only who is there now (92122),
 * so the end of a stay is when an event said it was, else when it was noticed.
 */
import type { Queries } from "../store/database.ts";
import {
  type GroupChat,
  type GroupMember,
  isLossy,
  type JoinScene,
} from "../wecom/mod.ts";
import { staffRow } from "../staff/staff.ts";
import { userKey } from "../staff/user_id.ts";
import { asKnown } from "./member_ids.ts";
import { assume, beginStays, isAssumed, tellStarts } from "./stay_starts.ts";

/** What events told of comings and goings. Times are ms since epoch. */
export interface Told {
  readonly arrivals: readonly {
    readonly memberId: string;
    readonly at: number;
    readonly scene: JoinScene;
  }[];
  readonly departures: readonly Departure[];
}

interface Departure {
  readonly memberId: string;
  readonly at: number;
  readonly scene: "left" | "removed" | null;
}

export const NOTHING_TOLD: Told = { arrivals: [], departures: [] };

/** An event's second and a member's `join_time` are not always the same. */
export const SAME_JOINING_MS = 5_000;

/** The clock that noticed an end may be behind WeCom's, which tells of it. */
const SKEW_MS = 10_000;

interface Stay {
  memberId: string;
  joinedAt: Date;
  name: string;
  state: string | null;
}

interface KnownStay extends Stay {
  type: "member" | "external";
  leftAt: Date | null;
}

/** Call it in the transaction that has written the group's own row. */
export async function saveMembers(
  queries: Queries,
  given: GroupChat,
  readAt: number,
  givenTold: Told,
): Promise<void> {
  const { chatId } = given;
  const known = await knownStays(queries, chatId);
  const stays = known.filter((stay) => stay.leftAt === null);
  const { members, told } = asKnown(known, given.members, givenTold);
  const chat = { ...given, members: [...members.values()] };
  const over = stays.filter((stay) => {
    const member = members.get(stay.memberId);
    if (member) return cameBack(member, stay, told.departures, chat.createTime);
    // Whose row could not be read may be there still.
    return !isLossy(chat) || toldEnd(stay, told.departures, readAt + SKEW_MS);
  });
  await endStays(
    queries,
    chatId,
    over.map((stay) => {
      // Who is there again left before that.
      const back = members.get(stay.memberId)?.joinTime;
      const end = toldEnd(stay, told.departures, back ?? readAt + SKEW_MS);
      return {
        stay,
        leftAt: new Date(end?.at ?? back ?? readAt),
        scene: end?.scene ?? null,
      };
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
  await tellStarts(
    queries,
    chatId,
    [...members.values()].filter(({ userId, joinTime }) => {
      const stay = open.get(userId);
      return stay && isAssumed(stay.joinedAt) && joinTime !== 0;
    }),
  );
  await beginStays(
    queries,
    chat,
    readAt,
    [...members.values()].filter((one) => !open.has(one.userId)),
    told.arrivals,
  );
  const leftAt = isLossy(chat) ? null : new Date(readAt);
  await addUnseen(queries, chat, leftAt, told);
  await refineEnds(queries, chatId, told.departures);
}

/** Living ones first, then the latest. */
async function knownStays(
  queries: Queries,
  chatId: string,
): Promise<KnownStay[]> {
  return await queries<KnownStay[]>`
    select member_id, type, joined_at, name, state, left_at from chat_member
    where chat_id = ${chatId}
    order by left_at desc nulls first, joined_at desc`;
}

/** Who came and went between two readings was in none of them. */
async function addUnseen(
  queries: Queries,
  chat: Pick<GroupChat, "chatId" | "members">,
  /** Where no event told; null: as long as the group lasted. */
  leftAt: Date | null,
  { arrivals, departures }: Told,
): Promise<void> {
  const joined = new Map(chat.members.map((one) => [one.userId, one.joinTime]));
  const stays = arrivals.flatMap(({ memberId, at, scene }) => {
    const present = joined.get(memberId);
    if (present !== undefined && present <= at + SAME_JOINING_MS) return [];
    const end = departures.filter((one) =>
      one.memberId === memberId && one.at >= at
    ).sort((a, b) => a.at - b.at)[0];
    return [{
      memberId,
      joinedAt: new Date(at),
      joinScene: scene,
      leftAt: end || present ? new Date(end?.at ?? present ?? 0) : leftAt,
      quitScene: end?.scene ?? null,
    }];
  });
  for (const { memberId, joinedAt, joinScene, leftAt, quitScene } of stays) {
    const person = staffRow(queries, userKey(memberId));
    // The ids of customers begin with wm or wo; userids are chosen freely.
    await queries`
      insert into chat_member (chat_id, member_id, type, name, joined_at,
        join_scene, left_at, quit_scene)
      select ${chat.chatId}, ${memberId},
        case when c.name is not null then 'external'
          when s.name is not null then 'member'
          when ${/^w[mo]/.test(memberId)} then 'external' else 'member' end,
        coalesce(c.name, s.name, ''), ${joinedAt}, ${joinScene}, ${leftAt},
        ${quitScene}
      from (select 1) one
        left join contact c on c.external_user_id = ${memberId}
        left join lateral ${person} s on true
      where not exists (
        select 1 from chat_member m
        where m.chat_id = ${chat.chatId} and m.member_id = ${memberId}
          and m.joined_at between ${new Date(
      joinedAt.getTime() - SAME_JOINING_MS,
    )} and ${new Date(joinedAt.getTime() + SAME_JOINING_MS)})
      on conflict do nothing`;
  }
}

/** Of a group that cannot be read any more: who came and left before its end. */
export async function saveEnd(
  queries: Queries,
  chatId: string,
  given: Told,
): Promise<void> {
  const known = await knownStays(queries, chatId);
  const stays = known.filter((stay) => stay.leftAt === null);
  const { told } = asKnown(known, [], given);
  const { departures } = told;
  const ends = stays.flatMap((stay) => {
    const end = toldEnd(stay, departures, Infinity);
    return end ? [{ stay, leftAt: new Date(end.at), scene: end.scene }] : [];
  });
  await endStays(queries, chatId, ends);
  await addUnseen(queries, { chatId, members: [] }, null, told);
  await refineEnds(queries, chatId, departures);
}

/**
 * Comings and goings that events told and no reading needs to show. When exactly
 * somebody came, and how, is for the next reading to tell.
 */
export async function saveTold(
  queries: Queries,
  chatId: string,
  { arrivals, departures }: Told,
): Promise<void> {
  const assumed = arrivals.map((one) => ({
    ...one,
    at: assume(one.at).getTime(),
  }));
  await saveEnd(queries, chatId, { arrivals: assumed, departures });
}

/** A reading noticed the end of a stay before its event came: now it is known. */
async function refineEnds(
  queries: Queries,
  chatId: string,
  departures: readonly Departure[],
): Promise<void> {
  if (departures.length === 0) return;
  await queries`
    update chat_member m set left_at = refined.at, quit_scene = refined.scene
    from (
      select distinct on (stay.member_id, stay.joined_at)
        stay.member_id, stay.joined_at, told.at, told.scene
      from chat_member stay join unnest(
        ${departures.map((one) => one.memberId)}::text[],
        ${
    departures.map((one) => new Date(one.at).toISOString())
  }::timestamptz[],
        ${departures.map((one) => one.scene)}::text[]
      ) as told (member_id, at, scene) using (member_id)
      where stay.chat_id = ${chatId} and stay.quit_scene is null
        and told.at >= stay.joined_at
        and told.at <= stay.left_at + ${SKEW_MS / 1_000} * interval '1 second'
        and not exists (
          select 1 from chat_member later
          where later.chat_id = stay.chat_id
            and later.member_id = stay.member_id
            and later.joined_at > stay.joined_at
            and later.joined_at <= told.at)
      order by stay.member_id, stay.joined_at, told.at
    ) refined
    where m.chat_id = ${chatId} and m.member_id = refined.member_id
      and m.joined_at = refined.joined_at`;
}

/**
 * A later time of joining than the one we know: this is another stay. Of one
 * whose beginning was assumed, only when its end was told or it is much later.
 */
function cameBack(
  { joinTime }: GroupMember,
  { joinedAt, ...stay }: Stay,
  departures: readonly Departure[],
  createTime: number,
): boolean {
  const began = joinedAt.getTime();
  if (joinTime <= began) return false;
  if (!isAssumed(joinedAt)) return true;
  // An assumed beginning that an event told is true to some seconds; only one
  // that is the group's own may be any time too early.
  const isGroups = began === assume(createTime).getTime();
  return !isGroups && joinTime > began + SAME_JOINING_MS ||
    toldEnd({ joinedAt, ...stay }, departures, joinTime) !== undefined;
}

/** The first after the joining: a later one ended a later stay. */
function toldEnd(
  stay: Stay,
  departures: readonly Departure[],
  latest: number,
): Departure | undefined {
  return departures.filter((one) =>
    one.memberId === stay.memberId && one.at >= stay.joinedAt.getTime() &&
    one.at <= latest
  ).sort((a, b) => a.at - b.at)[0];
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
    update chat_member m set
      -- What this answer leaves out was true of the same stay.
      name = coalesce(nullif(now.name, ''), m.name),
      state = coalesce(now.state, m.state)
    from unnest(
      ${members.map((one) => one.userId)}::text[],
      ${members.map((one) => one.name)}::text[],
      ${members.map((one) => one.state)}::text[]
    ) as now (member_id, name, state)
    where m.chat_id = ${chatId} and m.member_id = now.member_id
      and m.left_at is null`;
}
