/** Reads the stays of a group once, and writes only those that change. */
import { ERASED, isErased } from "../contacts/erase.ts";
import type { Queries } from "../store/database.ts";
import { staffRow } from "../staff/staff.ts";
import type { NewStay, Stay } from "./stay.ts";
import type { StayChange, StayChanges } from "./stays.ts";
import type { QuitScene } from "./told_moves.ts";

interface Row {
  memberId: string;
  type: Stay["type"];
  name: string;
  state: string | null;
  joinedAt: Date;
  leftAt: Date | null;
  quitScene: QuitScene | null;
  erased: boolean;
}

export async function readStays(
  queries: Queries,
  chatId: string,
): Promise<Stay[]> {
  const rows = await queries<Row[]>`
    select member_id, type, name, state, joined_at, left_at, quit_scene,
      ${isErased(queries, queries`member_id`)} as erased
    from chat_member where chat_id = ${chatId}
    order by joined_at, member_id`;
  return rows.map((row) => ({
    ...row,
    joinedAt: row.joinedAt.getTime(),
    leftAt: row.leftAt?.getTime() ?? null,
  }));
}

/**
 * Call it in the transaction that has locked the group's own row. Answers the
 * new stays, each with whether it is a customer's.
 */
export async function writeStays(
  queries: Queries,
  chatId: string,
  { begun, ended, reopened, corrected }: StayChanges,
): Promise<(NewStay & Pick<Stay, "type">)[]> {
  // A person can have one open stay only: the old one ends first.
  await change(queries, chatId, ended);
  await change(queries, chatId, [...reopened, ...corrected]);
  return await begin(queries, chatId, begun);
}

async function change(
  queries: Queries,
  chatId: string,
  changes: readonly StayChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ was, now }) => ({
    member_id: was.memberId,
    was_joined_at: time(was.joinedAt),
    joined_at: time(now.joinedAt),
    left_at: now.leftAt === null ? null : time(now.leftAt),
    quit_scene: now.quitScene,
    name: now.name,
    state: now.state,
  }));
  await queries`
    update chat_member m set joined_at = now.joined_at, left_at = now.left_at,
      quit_scene = now.quit_scene, name = now.name, state = now.state
    from jsonb_to_recordset(${queries.json(rows)}) as now (
      member_id text, was_joined_at timestamptz, joined_at timestamptz,
      left_at timestamptz, quit_scene text, name text, state text)
    where m.chat_id = ${chatId} and m.member_id = now.member_id
      and m.joined_at = now.was_joined_at`;
}

/**
 * Whether an id of an event is a customer's is looked up; for an unknown id its
 * first letters tell.
 */
async function begin(
  queries: Queries,
  chatId: string,
  stays: readonly NewStay[],
): Promise<(NewStay & Pick<Stay, "type">)[]> {
  if (stays.length === 0) return [];
  const rows = stays.map((stay, place) => ({
    place,
    member_id: stay.memberId,
    type: stay.type,
    name: stay.name,
    state: stay.state,
    joined_at: time(stay.joinedAt),
    join_scene: stay.joinScene,
    invitor: stay.invitor,
    left_at: stay.leftAt === null ? null : time(stay.leftAt),
    quit_scene: stay.quitScene,
  }));
  const person = staffRow(queries, queries`lower(told.member_id collate "C")`);
  const written = await queries<Pick<Row, "memberId" | "joinedAt" | "type">[]>`
    insert into chat_member (chat_id, member_id, type, name, state, joined_at,
      join_scene, invitor, left_at, quit_scene)
    select ${chatId}, told.member_id,
      coalesce(told.type, case when c.name is not null then 'external'
        when s.name is not null then 'member'
        when told.member_id ~ '^w[mo]' then 'external' else 'member' end),
      case when ${isErased(queries, queries`told.member_id`)} then ${ERASED}
        else coalesce(told.name, c.name, s.name, '') end, told.state, told.joined_at,
      told.join_scene, told.invitor, told.left_at, told.quit_scene
    from jsonb_to_recordset(${queries.json(rows)}) as told (
      place int, member_id text, type text, name text, state text,
      joined_at timestamptz, join_scene text, invitor text,
      left_at timestamptz, quit_scene text)
      left join contact c on told.type is null
        and c.external_user_id = told.member_id
      left join lateral ${person} s on told.type is null
    order by told.place
    returning member_id, joined_at, type`;
  const types = new Map(
    written.map((
      row,
    ) => [`${row.memberId} ${row.joinedAt.getTime()}`, row.type]),
  );
  return stays.map((stay) => ({
    ...stay,
    type: types.get(`${stay.memberId} ${stay.joinedAt}`) ?? "member",
  }));
}

const time = (at: number): string => new Date(at).toISOString();
