/**
 * Orders: pushed by the ERP, or asked from it when a page needs one that is not
 * here yet. Lists are paged by (created_at, order_id), newest first.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { CacheStore } from "../store/cache.ts";
import { apart } from "../store/deadline.ts";
import { noteChange } from "../store/own_changes.ts";
import type { StaleReads } from "../store/replica.ts";
import type { Vault } from "../store/vault.ts";
import type { Erp } from "../erp/run_flow.ts";
import { reviewCodes } from "../codes/order_codes.ts";
import { reviewDecisions } from "../contacts/decisions.ts";
import { AppError, isAppError } from "../http/errors.ts";
import { type OrderCounts, readCounted } from "./counts.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { selectPage } from "./list.ts";
import {
  changesOf,
  handoversOf,
  lockOrdersBefore,
  takeTurnIfNew,
} from "./changes.ts";
import { tellOrderEvents } from "./events.ts";
import type { Order } from "./order.ts";
import type { OrderPush } from "./push.ts";
import { followPerson, personNow } from "../staff/person_now.ts";
import { orderColumns, type OrderRow, toOrder } from "./rows.ts";
import { wantedNumbers } from "./wanted_numbers.ts";
import { toRow, writeOrders } from "./write.ts";

const unknownKey = (orderId: string) => `erp-unknown:${orderId}`;

/** How long the ERP's "there is no such order" is believed; a push ends it. */
const UNKNOWN_MS = 60_000;

export interface Orders {
  /**
   * Asks the ERP when it is not here; and when it is here and `maySee` denies it,
   * so that it costs and fails like one that is not there. Throws ORDER_NOT_FOUND,
   * ERP_UNAVAILABLE, RATE_LIMITED.
   */
  get(orderId: string, maySee?: (order: Order) => boolean): Promise<Order>;
  /** The one that is here; nobody is asked for it. */
  find(orderId: string): Promise<Order | null>;
  list(query: OrderQuery): Promise<OrderPage>;
  /** `requestId`: of the push, for the events of the orders that it changes. */
  upsert(
    orders: readonly OrderPush[],
    requestId?: string | null,
  ): Promise<number>;
}

export interface OrderQuery {
  /** Only orders of this designer or project manager; null for all. */
  of: string | null;
  cursor?: string | undefined;
  /** 1–100 */
  limit: number;
  /** Orders with an active group, or without one. */
  grouped?: boolean | undefined;
  /**
   * Part of the order's number, the customer's, designer's or store's name; or a
   * customer's number, or its last four digits.
   */
  text?: string | undefined;
  /** Whether to count what there is, whatever is looked for. */
  count?: boolean | undefined;
}

export interface OrderPage {
  orders: Order[];
  nextCursor: string | null;
  /** null: not asked for. */
  counts: OrderCounts | null;
}

export function createOrders(deps: {
  sql: Sql;
  /** For searches among somebody's own orders. */
  searching: Sql;
  /** For lists of all orders and searches in them. */
  staleReads: Pick<StaleReads, "read">;
  vault: Vault;
  cache: CacheStore;
  erp: Erp | null;
  /** Throws when the person has asked the ERP too often. */
  spend: () => void;
  now: () => number;
}): Orders {
  const { sql, searching, staleReads, vault, cache, erp, spend, now } = deps;
  const columns = orderColumns(sql);

  async function find(orderId: string): Promise<Order | null> {
    const [row] = await sql<OrderRow[]>`
      select ${columns} from customer_order o where o.order_id = ${orderId}`;
    return row ? toOrder(vault, row) : null;
  }

  async function upsert(
    orders: readonly OrderPush[],
    requestId: string | null = null,
  ): Promise<number> {
    const latest = new Map(orders.map((order) => [order.orderId, order]));
    if (latest.size === 0) return 0;
    // In one order, so that two pushes at the same time wait instead of locking
    // up.
    const pushed = [...latest.values()]
      .sort((a, b) => a.orderId < b.orderId ? -1 : 1);
    const at = new Date(now());
    await sql.begin(async (sql) => {
      await takeTurnIfNew(sql, pushed);
      const before = await lockOrdersBefore(sql, pushed);
      const known = new Map(before.map((order) => [order.orderId, order]));
      const rows = pushed.map((order) =>
        toRow(vault, order, known.get(order.orderId))
      );
      await writeOrders(sql, rows, at);
      const changes = changesOf(vault, before, latest);
      await reviewDecisions(sql, changes, at);
      await reviewCodes(sql, changes, at);
      await tellOrderEvents(sql, at, handoversOf(before, latest, requestId));
    });
    return latest.size;
  }

  const pulls = new Map<string, Promise<void>>();

  /** Who opens the same order meanwhile waits for the same answer of the ERP. */
  function pullOnce(orderId: string): Promise<void> {
    const begun = pulls.get(orderId);
    if (begun) return begun;
    const person = personNow();
    // Apart it is nobody's work: it is counted as theirs who began it.
    const pulling = apart(() => followPerson(person, () => pull(orderId)))
      .finally(() => pulls.delete(orderId));
    pulls.set(orderId, pulling);
    return pulling;
  }

  /** Throws ORDER_NOT_FOUND, ERP_UNAVAILABLE. */
  async function pull(orderId: string): Promise<void> {
    if (erp === null || await cache.get(unknownKey(orderId))) {
      throw new AppError("ORDER_NOT_FOUND");
    }
    spend();
    const pulled = await erp.order(orderId);
    if (pulled) {
      // What was pushed meanwhile is newer than what was asked for.
      if (!await find(orderId)) await upsert([pulled]);
      return;
    }
    await holdUnknown(orderId);
    throw new AppError("ORDER_NOT_FOUND");
  }

  /** A page that asks again and again must not become a load on the ERP. */
  async function holdUnknown(orderId: string): Promise<void> {
    await cache.set(unknownKey(orderId), "1", now() + UNKNOWN_MS);
  }

  return {
    async get(orderId, maySee = () => true) {
      const known = await find(orderId);
      if (known && maySee(known)) return known;
      // Who opened it looks for it in the list next.
      noteChange();
      try {
        await pullOnce(orderId);
      } catch (error) {
        if (known && isAppError(error, "ORDER_NOT_FOUND")) return known;
        throw error;
      }
      const order = await find(orderId);
      if (!order) throw new AppError("ORDER_NOT_FOUND");
      // Asked for again it costs nothing for a while, as one that is not there.
      if (!maySee(order)) await holdUnknown(orderId);
      return order;
    },

    async list({ of, cursor, limit, grouped, text, count = false }) {
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const numbers = text ? wantedNumbers(vault, text) : undefined;
      const page = { of, after, limit: limit + 1, grouped, text, numbers };
      const selected = selectPage(sql, columns, page);
      const read = async (from: Queries) =>
        count ? await readCounted<OrderRow>(sql, from, of, selected) : {
          counts: null,
          rows: await from<OrderRow[]>`${selected}`,
        };
      // Somebody's own orders are few, everybody opens that list, and it shows who
      // may see an order now.
      const { rows, counts } = of === null
        ? await staleReads.read(read)
        : await read(text ? searching : sql);
      const orders = rows.slice(0, limit).map((row) => toOrder(vault, row));
      const last = orders.at(-1);
      return {
        orders,
        nextCursor: rows.length > limit && last ? encodeCursor(last) : null,
        counts,
      };
    },

    find,
    upsert,
  };
}
