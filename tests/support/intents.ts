/** An intent that is under way, without the page that began it. */
import { type Intent, LEASE_MS } from "../../lib/groups/intent.ts";
import { openIntent } from "../../lib/groups/moves.ts";
import type { Sql } from "../../lib/store/database.ts";
import { beginReading } from "../../lib/store/reading.ts";

export async function launchIntent(
  sql: Sql,
  orderId: string,
  createdBy: string,
): Promise<Intent> {
  const { number } = await beginReading(sql, Date.now);
  const createdAt = new Date();
  const intent = await openIntent(sql, "launch", { actor: createdBy }, {
    intentId: crypto.randomUUID(),
    orderId,
    createdBy,
    customerExternalUserId: "wm",
    userIds: [createdBy],
    externalUserIds: ["wm"],
    groupName: "群",
    attempt: crypto.randomUUID(),
    openedReading: number,
    expiresAt: new Date(createdAt.getTime() + LEASE_MS),
    createdAt,
  });
  if (!intent) throw new Error("Order has an open intent");
  return intent;
}
