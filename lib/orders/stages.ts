/** How far an order is, as the ERP tells; the latest word by the ERP's time stands. */
import type { Queries } from "../store/database.ts";

export interface Stage {
  orderId: string;
  stage: string;
  at: Date;
}

/** Of orders that are not here nothing is kept but the event itself. */
export async function setStages(
  queries: Queries,
  stages: readonly Stage[],
): Promise<void> {
  if (stages.length === 0) return;
  const rows = stages.map(({ orderId, stage, at }, n) => ({
    order_id: orderId,
    stage,
    at: at.toISOString(),
    n,
  }));
  await queries`
    update customer_order o set stage = latest.stage, stage_at = latest.at
    from (
      select distinct on (order_id) order_id, stage, at
      from jsonb_to_recordset(${queries.json(rows)}) as told (
        order_id text, stage text, at timestamptz, n int)
      order by order_id, at desc, n desc) latest
    where o.order_id = latest.order_id
      and coalesce(o.stage_at, '-infinity') <= latest.at`;
}
