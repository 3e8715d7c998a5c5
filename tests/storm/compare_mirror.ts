/** The mirror of groups, those of no order among them, against the world. */
import type { World } from "../../lib/sandbox/mod.ts";
import type { Sql } from "../../lib/store/database.ts";
import type { Company } from "./company.ts";
import { type Difference, differing, type Seen } from "./compare.ts";

interface Row extends Seen {
  chatId: string;
  ownerStatus: string;
  announced: string | null;
}

async function mirrored(sql: Sql): Promise<Row[]> {
  return await sql<Row[]>`
    select chat_id, name, owner, owner_status, announced,
      dismissed_at is not null as dismissed,
      coalesce((select array_agg(m.member_id) from chat_member m
        where m.chat_id = c.chat_id and m.left_at is null), '{}') as members
    from chat c`;
}

const differ = (subject: string, detail: string): Difference => ({
  kind: "groups",
  subject,
  detail,
});

/** Believed to be gone at this moment, though it was there all the time. */
export async function droppedGroups(
  sql: Sql,
  world: World,
): Promise<Difference[]> {
  const rows = await mirrored(sql);
  return rows.filter((row) =>
    row.dismissed && world.state.chats.get(row.chatId)?.dismissed === false
  ).map((row) => differ(row.chatId, "believed to be dismissed, though alive"));
}

/**
 * After a complete reconciliation in which every group was due: whoever owns it
 * among our staff, each customer group that lives is there, as it is, and none
 * is there that does not live.
 */
export async function compareMirror(
  sql: Sql,
  world: World,
  company: Company,
): Promise<{ differences: Difference[]; groups: number }> {
  const rows = new Map(
    (await mirrored(sql)).map((row) => [row.chatId, row]),
  );
  const ours = new Set(company.staff.map((one) => one.wxUserId));
  const differences: Difference[] = [];
  for (const chat of world.state.chats.values()) {
    const living = !chat.dismissed && !chat.internal && ours.has(chat.owner);
    if (living && !rows.has(chat.chatId)) {
      differences.push(differ(chat.chatId, "is not in the mirror"));
    }
  }
  for (const [chatId, row] of rows) {
    const found = differing(world, chatId, row);
    for (const detail of found) differences.push(differ(chatId, detail));
    if (row.dismissed) continue;
    if (row.ownerStatus !== "normal") {
      differences.push(differ(chatId, `owner is ${row.ownerStatus}`));
    }
    if (row.announced !== null) {
      differences.push(differ(chatId, "an announced change was never read"));
    }
  }
  return { differences, groups: rows.size };
}
