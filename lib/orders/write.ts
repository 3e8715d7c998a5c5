/**
 * Pushed orders as rows of `customer_order`: one statement, whatever their number,
 * so that it is prepared once.
 */
import type { Queries } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { ERASED } from "../contacts/erase.ts";
import { hideInOrderNo } from "./order_no.ts";
import { hideNumbers } from "../contacts/phone.ts";
import type { OrderBefore } from "./changes.ts";
import { readFurther, storeOrderNumber } from "./number.ts";
import type { OrderPush } from "./push.ts";

/** The columns of a pushed order, as JSON carries them. */
export type PushedRow = {
  orderId: string;
  orderNo: string;
  customerName: string;
  phoneSealed: string;
  phoneHashes: string[];
  sharedHashes: string[];
  phoneEnds: string[] | null;
  phoneRules: number;
  furtherSealed: string;
  furtherHashes: string[];
  designerWxUserId: string;
  projectManagerWxUserId: string | null;
  storeName: string | null;
  /** null: as it was. */
  stage: string | null;
  /** null: now, or as it was. */
  createdAt: string | null;
};

/** Who is not named in the push stays: the ERP of before knows no others. */
export function toRow(
  vault: Vault,
  order: OrderPush,
  before?: OrderBefore,
): PushedRow {
  const further = order.further ??
    (before ? readFurther(vault, before) : []);
  if (before?.erased) return erasedRow(vault, order);
  return {
    orderId: order.orderId,
    // Numbers have a place of their own, where they are sealed.
    orderNo: hideInOrderNo(order.orderNo || order.orderId),
    customerName: hideNumbers(order.customerName),
    ...storeOrderNumber(
      vault,
      order.orderId,
      order.customerPhone,
      further ?? [],
    ),
    // A key that is missing now may come back.
    ...(further === null && before &&
      { furtherSealed: before.furtherSealed }),
    designerWxUserId: order.designerWxUserId,
    projectManagerWxUserId: order.projectManagerWxUserId || null,
    storeName: order.storeName || null,
    stage: order.stage || null,
    createdAt: order.createdAt ?? null,
  };
}

/** Who was erased on request does not come back by a push. */
function erasedRow(vault: Vault, order: OrderPush): PushedRow {
  const { further: _, ...rest } = order;
  const erased = { customerName: ERASED, customerPhone: "", further: [] };
  return toRow(vault, { ...rest, ...erased });
}

export async function writeOrders(
  queries: Queries,
  rows: PushedRow[],
  at: Date,
): Promise<void> {
  await queries`
    insert into customer_order (
      order_id, order_no, customer_name, phone_sealed, phone_hashes,
      shared_hashes, phone_ends, phone_rules, further_sealed, further_hashes,
      designer_wx_user_id, project_manager_wx_user_id, store_name, stage,
      stage_at, created_at, updated_at)
    select "orderId", "orderNo", "customerName", "phoneSealed",
      "phoneHashes", "sharedHashes", "phoneEnds", "phoneRules",
      "furtherSealed", "furtherHashes", "designerWxUserId", "projectManagerWxUserId", "storeName",
      stage,
      -- ERPs tell times to the second: an event of this second is no older.
      case when stage is not null
        then date_trunc('second', ${at}::timestamptz) end,
      coalesce("createdAt", ${at}), ${at}
    from jsonb_to_recordset(${queries.json(rows)}) as pushed (
      "orderId" text, "orderNo" text, "customerName" text,
      "phoneSealed" text, "phoneHashes" text[],
      "sharedHashes" text[], "phoneEnds" text[], "phoneRules" smallint,
      "furtherSealed" text, "furtherHashes" text[],
      "designerWxUserId" text, "projectManagerWxUserId" text,
      "storeName" text, stage text, "createdAt" timestamptz)
    on conflict (order_id) do update set
      order_no = excluded.order_no,
      customer_name = excluded.customer_name,
      phone_sealed = excluded.phone_sealed,
      phone_hashes = excluded.phone_hashes,
      shared_hashes = excluded.shared_hashes,
      phone_ends = excluded.phone_ends,
      phone_rules = excluded.phone_rules,
      further_sealed = excluded.further_sealed,
      further_hashes = excluded.further_hashes,
      designer_wx_user_id = excluded.designer_wx_user_id,
      project_manager_wx_user_id = excluded.project_manager_wx_user_id,
      store_name = excluded.store_name,
      stage = coalesce(excluded.stage, customer_order.stage),
      -- The same stage came when it came; but nothing comes in the future.
      stage_at = case
        when excluded.stage <> coalesce(customer_order.stage, '')
          or customer_order.stage_at > excluded.stage_at + interval '1 hour'
        then excluded.stage_at else customer_order.stage_at end,
      created_at = least(customer_order.created_at, excluded.created_at),
      updated_at = excluded.updated_at`;
}
