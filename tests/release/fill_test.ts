/**
 * What was recorded before there were events and times of an intent is told by the
 * migrations, as far as it is recorded; what the release before writes while both
 * run has its times, too.
 */
import assert from "node:assert/strict";
import type { Sql } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { withDatabase } from "../support/database.ts";
import { emptied } from "./emptied.ts";

const BEFORE = "20261126070000_keep_what_events_tell.sql";

const at = (minutes: number) =>
  new Date(Date.UTC(2026, 10, 20, 2) + minutes * 60_000);

async function intent(
  sql: Sql,
  orderId: string,
  state: string,
  over: Record<string, unknown> = {},
): Promise<void> {
  await sql`insert into group_intent ${
    sql({
      intentId: `in-${orderId}`,
      orderId,
      createdBy: "d1",
      customerExternalUserId: "wm1",
      userIds: ["d1"],
      externalUserIds: ["wm1"],
      groupName: "群",
      state,
      expiresAt: at(10),
      createdAt: at(0),
      updatedAt: at(3),
      ...over,
    })
  }`;
}

async function record(sql: Sql): Promise<void> {
  for (const orderId of ["bound", "lapsed", "other", "given up"]) {
    await sql`
      insert into customer_order (order_id, order_no, customer_name,
        phone_sealed, phone_hashes, designer_wx_user_id, created_at, updated_at)
      values (${orderId}, '1', '王', '', '{}', 'd1', ${at(0)}, ${at(0)})`;
  }
  await intent(sql, "bound", "active", { chatId: "wr1", reportedAt: at(2) });
  await intent(sql, "lapsed", "expired", { updatedAt: at(11) });
  await intent(sql, "other", "cancelled");
  await intent(sql, "given up", "cancelled", { updatedAt: at(1) });
  for (const [chatId, orderId] of [["wr1", "bound"], ["wr2", "other"]]) {
    await sql`
      insert into chat (chat_id, order_id, name, owner, created_at, bound_at,
        synced_at)
      values (${chatId ?? ""}, ${orderId ?? ""}, '群', 'd1', ${at(1)}, ${
      at(3)
    }, ${at(3)})`;
  }
  await sql`
    insert into chat_member (chat_id, member_id, type, name, joined_at,
      join_scene, left_at, quit_scene)
    values ('wr1', 'wm1', 'external', '王', ${at(2.5)}, 'direct', ${
    at(9)
  }, 'left')`;
  for (
    const [action, subject, minutes, detail] of [
      ["group.bound", "bound", 3, { chatId: "wr1", intentId: "in-bound" }],
      ["group.intent_expired", "lapsed", 11, {
        intentId: "in-lapsed",
        reason: "not_reported",
      }],
    ] as const
  ) {
    await sql`insert into audit_log ${
      sql({
        at: at(minutes),
        actor: "d1",
        action,
        subject,
        outcome: "done",
        detail: sql.json(detail),
      })
    }`;
  }
}

Deno.test("Intents tell when they ended and why, also those from before and of the release before", () =>
  withDatabase(async ({ sql }) => {
    await emptied(sql);
    const all = await readMigrations();
    await migrate(sql, all.filter(({ name }) => name <= BEFORE));
    await record(sql);
    await migrate(sql, all);
    const rows = await sql`
      select order_id, bound_at, ended_at, end_reason, launched_at
      from group_intent order by order_id`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      {
        orderId: "bound",
        boundAt: at(3),
        endedAt: null,
        endReason: null,
        launchedAt: at(0),
      },
      {
        orderId: "given up",
        boundAt: null,
        endedAt: at(1),
        endReason: "cancelled",
        launchedAt: null,
      },
      {
        orderId: "lapsed",
        boundAt: null,
        endedAt: at(11),
        endReason: "not_reported",
        launchedAt: null,
      },
      {
        orderId: "other",
        boundAt: null,
        endedAt: at(3),
        endReason: "other_group",
        launchedAt: null,
      },
    ]);
    // As the release before ends one: it knows nothing of these columns.
    await intent(sql, "bound", "cancelled", { intentId: "late" });
    const [late] = await sql`
      select ended_at, end_reason from group_intent where intent_id = 'late'`;
    assert.deepEqual({ ...late }, { endedAt: at(3), endReason: "cancelled" });
  }));

Deno.test("What was recorded before there were events is told as events, in its order", () =>
  withDatabase(async ({ sql }) => {
    await emptied(sql);
    const all = await readMigrations();
    await migrate(sql, all.filter(({ name }) => name <= BEFORE));
    await record(sql);
    await migrate(sql, all);
    const told = async (orderId: string) => {
      const rows = await sql<{ kind: string; at: Date }[]>`
        select kind, at from order_event where order_id = ${orderId}
        order by event_id`;
      return rows.map(({ kind, at: when }) =>
        `${kind} ${(when.getTime() - at(0).getTime()) / 60_000}`
      );
    };
    assert.deepEqual(await told("bound"), [
      "prepared 0",
      "reported 2",
      "joined 2.5",
      "bound 3",
      "left 9",
    ]);
    assert.deepEqual(await told("lapsed"), ["prepared 0", "ended 11"]);
  }));

Deno.test("An event is never changed or taken back", () =>
  withDatabase(async ({ sql }) => {
    await record(sql);
    await sql`
      insert into order_event (order_id, at, kind, actor)
      values ('bound', now(), 'renamed', 'wecom')`;
    await assert.rejects(
      sql`update order_event set kind = 'bound'`,
      /append-only/,
    );
    await assert.rejects(sql`delete from order_event`, /append-only/);
  }));
