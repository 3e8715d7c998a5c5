/**
 * Who will be in an order's group: designer, project manager, whoever begins, the
 * second colleague where there would be one alone, and the customers. Who left the company or the app's visible scope cannot be put in
 * (90240), and is named.
 */
import type { Queries } from "../store/database.ts";
import type { PreviewAnswer } from "../flows/schemas.ts";
import { AppError } from "../http/errors.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { ROLE_WORDS } from "../orders/staff_words.ts";
import { staffRow } from "../staff/staff.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";
import { NO_SECOND, type Second, WHY_SECOND } from "./second.ts";

/** What to do about somebody who cannot be put in. */
const NEXT = {
  departed: "请在订单系统里换成在职的同事，建群后再把同事拉进群也可以",
  out_of_scope:
    "请管理员核对账号，并把 TA 加入应用的可见范围，建群后再拉进群也可以",
} as const;

const WHY = {
  departed: "已经离职",
  out_of_scope: "不在应用的可见范围内",
} as const;

/** Whoever creates a group owns it. */
export const OWNER = "您，群主";

const ROLES: Record<Person["role"], string> = {
  customer: "客户",
  ...ROLE_WORDS,
  initiator: "",
  second: "",
};

type Person = PreviewAnswer["members"][number];

export interface People {
  members: Person[];
  missing: PreviewAnswer["missing"];
  /** Without a second colleague they would be one, with one customer. */
  second?: {
    why: string;
    colleague: { wxUserId: string; name: string } | null;
  };
}

/**
 * Userids as WeCom spells them; whoever begins is always in. Throws
 * VALIDATION_FAILED for a second colleague who was asked for and cannot be put in.
 */
export async function peopleFor(
  queries: Queries,
  order: Order,
  actor: Actor,
  customers: readonly string[],
  second: Second = NO_SECOND,
): Promise<People> {
  const own = rolesOf(order, actor);
  const spare = spareAmong(own, second);
  const staff = [...own, ...spare];
  const rows = await queries<
    {
      id: string;
      spelled: string | null;
      name: string | null;
      departed: boolean;
      outOfScope: boolean;
    }[]
  >`
    select w.id, told.wx_user_id as spelled,
      coalesce(s.name, c.name) as name,
      s.departed_at is not null as departed,
      scope.left_at is not null as out_of_scope
    from unnest(
      ${[...staff.map((one) => one.id), ...customers]}::text[],
      ${[
    ...staff.map((one) => userKey(one.id)),
    ...customers.map(() => null),
  ]}::text[]
    ) as w (id, user_key)
    left join lateral ${staffRow(queries, queries`w.user_key`)} s on true
    left join user_spelling told on told.user_key = w.user_key
    left join member_scope scope on scope.user_key = w.user_key
    left join contact c on c.external_user_id = w.id and w.user_key is null`;
  const found = new Map(rows.map((row) => [row.id, row]));
  const people: People = { members: [], missing: [] };
  const look = ({ id, role }: typeof staff[number]) => {
    const row = found.get(id);
    const isOwner = isSameUser(id, actor.wxUserId);
    const person = {
      id: row?.spelled ?? id,
      name: row?.name ?? id,
      role,
      label: isOwner ? OWNER : ROLES[role],
    };
    const reason = isOwner
      ? null
      : row?.departed
      ? "departed" as const
      : row?.outOfScope
      ? "out_of_scope" as const
      : null;
    return { person, reason };
  };
  for (const { person, reason } of own.map(look)) {
    if (reason) {
      const next = NEXT[reason];
      const who = ROLES[person.role] + person.name;
      const note = `${who}${WHY[reason]}，不会进群。${next}`;
      people.missing.push({ ...person, reason, next, note });
    } else people.members.push(person);
  }
  addSecond(people, spare.map(look), second, customers.length);
  for (const id of customers) {
    const name = found.get(id)?.name ?? order.customerName;
    people.members.push({ id, name, role: "customer" });
  }
  return people;
}

type Looked = { person: Person; reason: keyof typeof NEXT | null };

/** They join when they were asked for, or where one colleague would be alone. */
function addSecond(
  people: People,
  [spare]: readonly Looked[],
  { asked, person }: Second,
  customers: number,
): void {
  const isAlone = people.members.length === 1 && customers === 1;
  if (asked && spare?.reason) {
    throw new AppError("VALIDATION_FAILED", {
      msg: `${
        person?.name ?? "选的同事"
      }不能被拉进群（已离职，或不在应用的可见范围），请换一位`,
      details: [{ path: "secondColleague", message: `is ${spare.reason}` }],
    });
  }
  const joins = spare && !spare.reason && (asked || isAlone)
    ? spare.person
    : null;
  if (joins) people.members.push(joins);
  if (!isAlone) return;
  const colleague = joins && { wxUserId: joins.id, name: joins.name };
  people.second = { why: WHY_SECOND, colleague };
}

/** The second colleague, unless they are there anyway. */
function spareAmong(
  own: ReturnType<typeof rolesOf>,
  { person }: Second,
): typeof own {
  if (!person) return [];
  const isThere = own.some((one) => isSameUser(one.id, person.wxUserId));
  return isThere ? [] : [{ id: person.wxUserId, role: "second" }];
}

/** Each person once, with the first role that they have. */
function rolesOf(order: Order, { wxUserId }: Actor) {
  const manager = order.projectManagerWxUserId;
  const all: { id: string; role: Person["role"] }[] = [
    { id: order.designerWxUserId, role: "designer" },
    ...(manager ? [{ id: manager, role: "project_manager" as const }] : []),
    { id: wxUserId, role: "initiator" },
  ];
  return all.filter(({ id }, index) =>
    all.findIndex((other) => isSameUser(other.id, id)) === index
  );
}
