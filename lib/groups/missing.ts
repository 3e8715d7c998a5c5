/**
 * Who belongs into an order's group and is not in it: a customer who has not
 * come in yet or has left, a colleague who left, or one who was put on the
 * order after the group had been made. Colleagues can be put in from the client
 * (updateEnterpriseChat, doc 98430: staff only); a customer has to join.
 */
import type { Customer } from "../contacts/customers.ts";
import type { MissingMember } from "../flows/schemas.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";

/** What the mirror knows of somebody in a group. */
export interface Stay {
  memberId: string;
  type: "member" | "external";
  name: string;
  /** Of the latest stay. */
  joinedAt: Date;
  present: boolean;
  hadLeft: boolean;
}

interface Known {
  id: string;
  /** null: nobody told it. */
  name: string | null;
}

export interface Belonging {
  customers: readonly Known[];
  /** `spelled`: as WeCom spells the id. */
  staff: readonly (Known & { spelled: string; departed: boolean })[];
  /** Whom the client was asked to put into it; null for a group made by hand. */
  asked: readonly string[] | null;
  stays: readonly Stay[];
}

/**
 * Who was decided to be the customer. Unless a person decided by hand, also
 * those in this group who have the order's number, since a customer may come
 * back with another account.
 */
export function customersOfGroup(
  known: readonly (Pick<Customer, "source" | "sure"> & { id: string })[],
  stays: readonly Pick<Stay, "memberId" | "present">[],
): Set<string> {
  const decided = known.filter((one) => one.source !== null);
  const ids = new Set(decided.map((one) => one.id));
  if (decided.some((one) => one.source === "hand")) return ids;
  // Without a decision those who have left the group count, too: they belong
  // into it.
  const counts = (stay: { present: boolean }) =>
    decided.length === 0 || stay.present;
  const inGroup = new Set(stays.filter(counts).map((stay) => stay.memberId));
  const numbered = known.filter((one) =>
    one.source === null && one.sure && inGroup.has(one.id)
  );
  return new Set([...ids, ...numbered.map((one) => one.id)]);
}

type NumberedCustomer =
  & Pick<Customer, "source" | "sure" | "places">
  & { id: string };

/** The order's customers, as they stand in its group. */
export interface CustomersOfGroup {
  /** Who counts as one; empty when nobody knows. */
  ids: ReadonlySet<string>;
  /** Those who belong into it and are not in it. */
  absent: ReadonlySet<string>;
}

/**
 * `putIn`: whom the client was asked to put in. If these were several (a couple),
 * each of them belongs into it, unless somebody came in their place, who has one of
 * the same numbers. Otherwise one of those who count as the customer is enough.
 */
export function standingOfCustomers(
  known: readonly NumberedCustomer[],
  stays: readonly Pick<Stay, "memberId" | "present">[],
  putIn: readonly string[],
): CustomersOfGroup {
  const isIn = new Set(
    stays.filter((stay) => stay.present).map((stay) => stay.memberId),
  );
  const counted = customersOfGroup(known, stays);
  if (putIn.length <= 1) {
    const oneIsIn = [...counted].some((id) => isIn.has(id));
    return { ids: counted, absent: oneIsIn ? new Set() : counted };
  }
  const places = new Map(
    known.flatMap(({ id, places }) => places?.length ? [[id, places]] : []),
  );
  const placesOf = (id: string) => places.get(id) ?? [0];
  const others = [...counted].filter((id) =>
    isIn.has(id) && !putIn.includes(id)
  );
  const absent = putIn.filter((id) =>
    !isIn.has(id) &&
    !others.some((other) =>
      placesOf(other).some((place) => placesOf(id).includes(place))
    )
  );
  return { ids: new Set([...putIn, ...others]), absent: new Set(absent) };
}

/** Who has left the company is not missing. */
export function missingPeople(
  { customers, staff, asked, stays }: Belonging,
): MissingMember[] {
  const stayOf = (id: string) => stays.find((stay) => stay.memberId === id);
  // If several people count as the customer (a couple), one of them is enough.
  const customerIn = customers.some(({ id }) => stayOf(id)?.present);
  const ids = new Map(customers.map((one) => [one.id, one.name]));
  const missing: MissingMember[] = [];
  for (const [id, name] of customerIn ? [] : ids) {
    const stay = stayOf(id);
    missing.push({
      memberId: id,
      name: name || stay?.name || id,
      kind: "customer",
      reason: stay?.hadLeft ? "left" : "not_joined",
    });
  }
  for (const { id, name, spelled, departed } of staff) {
    const own = stays.filter((stay) =>
      stay.type === "member" && userKey(stay.memberId) === userKey(id)
    );
    if (departed || own.some((stay) => stay.present)) continue;
    const wasAsked = asked === null ||
      asked.some((other) => isSameUser(other, id));
    missing.push({
      memberId: spelled,
      name: name || own[0]?.name || spelled,
      kind: "staff",
      reason: own.length > 0
        ? "left"
        : wasAsked
        ? "not_joined"
        : "changed_on_order",
    });
  }
  return missing;
}
