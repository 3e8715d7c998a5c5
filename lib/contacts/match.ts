/**
 * Which of a person's contacts is the customer of an order: none, one or many.
 * One query over the mirror tells it all: the candidates, who else has the
 * customer, and how far the person's contacts were read. Only contacts of the
 * person who will run the chat API are candidates (doc 98429).
 */
import type { Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import type { Vault } from "../store/vault.ts";
import type { Order } from "../orders/order.ts";
import { nameOn } from "../orders/staff_words.ts";
import { staffOf } from "../staff/actor.ts";
import { isHalfScanned } from "../codes/scans.ts";
import type { DecisionSource } from "./decisions.ts";
import { suggestedAmong } from "./named.ts";
import { openEither } from "./number.ts";
import { staffRow } from "../staff/staff.ts";
import { isSameUser, type UserKey, userKey } from "../staff/user_id.ts";
import {
  type Customer,
  customersOf,
  matchAmong,
  type MatchStatus,
} from "./customers.ts";
import { hideNumbers, maskPhone } from "./phone.ts";
import { type OfCustomer, tellApart, type Unmatched } from "./several.ts";
import { type SyncState, toSyncState } from "./sync.ts";

/** More would not help a person to choose. */
const CANDIDATES = 20;

export interface ContactCandidate {
  externalUserId: string;
  name: string;
  remark: string;
  avatar: string | null;
  /** Masked; empty when no number is written down. */
  phone: string;
  addedAt: Date;
  /** How it came to be a candidate; absent where it is none. */
  via?: Via;
  /** Whose contact it is; absent where the order has one number. */
  of?: OfCustomer;
}

/** By the order's own code, by number, or decided: by hand or by its group. */
export type Via = "number" | DecisionSource;

export interface Match {
  /**
   * May be ambiguous with one candidate: when a person has to be asked about
   * it.
   */
  status: MatchStatus;
  /** All of them are customers of the order when it is matched. */
  candidates: ContactCandidate[];
  /** Further customers of the order whom none of the candidates is. */
  without: Unmatched[];
  /**
   * Staff of the order, other than the person, who follow the customer. Nobody
   * who left the company: there is nobody to remind.
   */
  followers: { wxUserId: string; name: string }[];
  /**
   * If nobody matches: contacts with the customer's name and without a number.
   */
  suggestions: ContactCandidate[];
  /**
   * If nobody matches: somebody scanned the order's own code of this person, who
   * has yet to confirm in WeCom.
   */
  half: boolean;
  /** How far the person's contacts were read. */
  sync: SyncState;
}

interface Row {
  externalUserId: string;
  name: string;
  remark: string;
  avatar: string | null;
  addedAt: Date;
  /** Any number of the contact, as `openEither` takes it. */
  number: string | null;
}

type Listed = Row & Customer & { suggested: boolean };

/**
 * One row for each contact; for a person without any, one row without a
 * contact.
 */
type MatchRow = (Listed | { externalUserId: null }) & {
  run: number | null;
  running: boolean | null;
  seen: number | null;
  total: number | null;
  completedAt: Date | null;
  followerKeys: UserKey[];
  half: boolean;
};

export interface Matcher {
  match(order: Order, wxUserId: string): Promise<Match>;
  /** One contact of this person, as the mirror has it. */
  contact(
    wxUserId: string,
    externalUserId: string,
  ): Promise<ContactCandidate | null>;
}

export function createMatcher({ sql, vault }: {
  sql: Sql;
  vault: Vault;
}): Matcher {
  const columns = sql`
    c.external_user_id, c.name, f.remark, c.avatar, f.added_at`;

  /** Any number that the follower wrote down. */
  const ownNumber = sql`(
    select min(p.phone_hash || ' ' || p.phone_sealed) from contact_phone p
    where p.external_user_id = c.external_user_id
      and p.wx_user_id = f.wx_user_id)`;

  function view(row: Row): ContactCandidate {
    const { externalUserId, name, remark, avatar, addedAt, number } = row;
    const phone = maskPhone(openEither(vault, externalUserId, number));
    return {
      externalUserId,
      // As the release before has stored them.
      name: hideNumbers(name),
      remark: hideNumbers(remark),
      avatar,
      phone,
      addedAt,
    };
  }

  /** Of a table `customer`: who is a contact of this person. */
  const candidatesOf = (key: UserKey) =>
    sql`
      select ${columns}, customer.source, customer.decided_at, customer.sure,
        customer.scanned, customer.places, coalesce(customer.number, ${ownNumber}) as number
      from customer
      join contact_follow f
        on f.external_user_id = customer.external_user_id
        and f.wx_user_id = ${key} and f.deleted_at is null
      join contact c on c.external_user_id = customer.external_user_id
      order by customer.decided_at desc nulls last, f.added_at desc,
        c.external_user_id
      limit ${literal(sql, CANDIDATES)}`;

  /** Of a table `customer`: who of these people, still with us, follows one. */
  const followersAmong = (keys: UserKey[]) =>
    sql`
      select distinct f.wx_user_id
      from customer join contact_follow f using (external_user_id)
      where f.wx_user_id = any(${keys}::text[]) and f.deleted_at is null
        and not exists (
          select 1 from ${staffRow(sql, sql`f.wx_user_id`)} person
          where person.departed_at is not null)`;

  async function rowsOf(order: Order, wxUserId: string, others: UserKey[]) {
    const key = userKey(wxUserId);
    return await sql<MatchRow[]>`
      with customer as materialized ${customersOf(sql, [order])},
      found as materialized (${candidatesOf(key)}),
      ${
      suggestedAmong(sql, columns, {
        name: order.customerName,
        key,
        gate: sql`not exists (select 1 from found)`,
      })
    }
      select s.run, s.running, s.seen, s.total, s.completed_at, followed.*, listed.*
      from (
        select array(${followersAmong(others)}) as follower_keys,
          ${isHalfScanned(sql, order.orderId, key)} as half
      ) followed
      left join contact_sync s on s.wx_user_id = ${key}
      left join (
        select *, false as suggested from found
        union all
        select *, null, null, null, null, null, null, true from suggested
      ) listed on true
      order by listed.decided_at desc nulls last, listed.added_at desc,
        listed.external_user_id`;
  }

  return {
    async match(order, wxUserId) {
      const others = staffOf(order).filter((id) => !isSameUser(id, wxUserId));
      const rows = await rowsOf(order, wxUserId, others.map(userKey));
      const [first] = rows;
      const listed = rows.filter((row): row is MatchRow & Listed =>
        row.externalUserId !== null
      );
      const suggestions = listed.filter((row) => row.suggested);
      const found = listed.filter((row) => !row.suggested);
      const { status, candidates } = matchAmong(found);
      const { ofOne, without } = tellApart(vault, order, found, candidates);
      const followers = new Set(first?.followerKeys);
      return {
        status,
        candidates: candidates.map((one) => ({
          ...view(one),
          via: viaOf(one),
          ...ofOne(one),
        })),
        without: status === "none" ? [] : without,
        followers: others.filter((id) => followers.has(userKey(id)))
          .map((wxUserId) => ({ wxUserId, name: nameOn(order, wxUserId) })),
        suggestions: suggestions.map(view),
        half: status === "none" && first?.half === true,
        sync: toSyncState(first),
      };
    },

    async contact(wxUserId, externalUserId) {
      const [row] = await sql<Row[]>`
        select ${columns}, ${ownNumber} as number
        from contact_follow f join contact c using (external_user_id)
        where f.wx_user_id = ${userKey(wxUserId)}
          and external_user_id = ${externalUserId} and f.deleted_at is null`;
      return row ? view(row) : null;
    },
  };
}

function viaOf({ source, scanned }: Customer): Via {
  return source ?? (scanned ? "code" : "number");
}
