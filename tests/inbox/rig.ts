/**
 * An inbox between a simulated company and a database, with the clock in hand:
 * nothing is due until the test moves the time, and nothing runs by itself.
 */
import { groundOf } from "../../lib/groups/product_ground.ts";
import assert from "node:assert/strict";
import { createInbox, type Inbox } from "../../lib/inbox/mod.ts";
import { createSandbox, type Sandbox } from "../../lib/sandbox/mod.ts";
import type { Builder, WorldEvent } from "../../lib/sandbox/mod.ts";
import { eventXml } from "../../lib/sandbox/mod.ts";
import { Secret } from "../../lib/config/mod.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createPostgresCache } from "../../lib/store/cache_postgres.ts";
import { createVault, sealCached } from "../../lib/store/vault.ts";
import type { Vault } from "../../lib/store/vault.ts";
import { createWecomClient } from "../../lib/wecom/mod.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import { type Fields, readXml } from "../../lib/wecom/callback/xml.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";

export const START = Date.UTC(2026, 10, 22, 4);

export interface Rig {
  database: TestDatabase;
  sql: Sql;
  vault: Vault;
  sandbox: Sandbox;
  world: Sandbox["world"];
  inbox: Inbox;
  /** Everything the world would have pushed, in order. */
  events: WorldEvent[];
  /** Stores these (all that happened since the last call, unless given). */
  deliver(events?: readonly WorldEvent[], into?: Inbox): Promise<number>;
  /** Stores an event with these fields, as they stand in its XML. */
  push(fields: Fields): Promise<boolean>;
  /** Moves the clock and works off what is due. */
  later(ms: number): Promise<number>;
  tick(ms: number): void;
  /** Another instance on the same database; its clock may be ahead (ms). */
  another(ahead?: number): Inbox;
  /** Done once, while WeCom is asked next: before it looks, or with its answer on the way. */
  meanwhile: {
    asked?: () => Promise<unknown>;
    answered?: () => Promise<unknown>;
  };
  logs: { level: string; event: string; fields: Record<string, unknown> }[];
  now(): number;
}

/** d1 and p1 are staff, x1 is out of the app's scope, d1 follows `c1` and `c2`. */
export async function withInbox(
  fn: (rig: Rig, ids: { c1: string; c2: string }) => Promise<void>,
  build: (builder: Builder) => void = () => {},
): Promise<void> {
  await withDatabase(async (database) => {
    let now = START;
    const ids = { c1: "", c2: "" };
    const logs: Rig["logs"] = [];
    const log = (
      level: string,
      event: string,
      fields: Record<string, unknown> = {},
    ) => void logs.push({ level, event, fields });
    const sandbox = createSandbox({
      now: () => now,
      random: () => 0.5,
      log,
      publicOrigin: "https://app.example.com",
      seed: {
        kind: "built",
        build(builder) {
          builder.staff({ userId: "d1", name: "小陈" })
            .staff({ userId: "p1", name: "老王" })
            .staff({ userId: "x1", name: "外人", visible: false });
          ids.c1 = builder.customer({ name: "王女士" });
          ids.c2 = builder.customer({ name: "李先生" });
          for (const externalUserId of [ids.c1, ids.c2]) {
            builder.follows({ userId: "d1", externalUserId });
          }
          build(builder);
        },
      },
    });
    await sandbox.ready;
    sandbox.world.settings.lagMs = 0;
    const { sql } = database;
    const vault = createVault(new Secret("k".repeat(32)));
    const sleep = (ms: number, signal?: AbortSignal) => {
      // The client's pauses are over at once; a run of the inbox waits for its end.
      if (ms < 20 || signal === undefined) return Promise.resolve();
      return new Promise<void>((done) => {
        if (signal.aborted) done();
        else signal.addEventListener("abort", () => done(), { once: true });
      });
    };
    const wecom = createWecomClient({
      corpId: sandbox.corpId,
      agentId: sandbox.agentId,
      secret: new Secret(sandbox.secret),
      apiBase: "https://qyapi.weixin.qq.com",
      async fetch(input, init) {
        const request = new Request(input, init);
        const { asked, answered } = request.url.includes("externalcontact")
          ? rig.meanwhile
          : {};
        if (asked || answered) rig.meanwhile = {};
        await asked?.();
        const response = await sandbox.api(request);
        await answered?.();
        return response;
      },
      now: () => now,
      random: () => 0.5,
      sleep: () => Promise.resolve(),
      log: () => {},
      cache: createPostgresCache({ sql, now: () => now }),
      seal: sealCached(vault),
    });
    const inboxes: Inbox[] = [];
    const another = (ahead = 0) => {
      const theirNow = () => now + ahead;
      const inbox = createInbox({
        sql,
        vault,
        wecom,
        ground: groundOf({ sql, wecom, now: theirNow, log }),
        now: theirNow,
        random: () => 0.5,
        uuid: () => crypto.randomUUID(),
        sleep,
        log,
      });
      inboxes.push(inbox);
      return inbox;
    };
    const inbox = another();
    const events: WorldEvent[] = [];
    let delivered = 0;
    sandbox.world.on((event) => void events.push(event));
    const rig: Rig = {
      database,
      sql,
      vault,
      sandbox,
      world: sandbox.world,
      inbox,
      events,
      logs,
      another,
      meanwhile: {},
      now: () => now,
      tick: (ms) => void (now += ms),
      async deliver(given, into = inbox) {
        const those = given ?? events.slice(delivered);
        if (!given) delivered = events.length;
        let fresh = 0;
        for (const event of those) {
          const fields = readXml(eventXml(event, sandbox.corpId));
          const read = readEvent(fields, now);
          if (read && await into.store(fields, read)) fresh++;
        }
        return fresh;
      },
      async push(fields) {
        const event = readEvent(fields, now);
        if (!event) throw new Error("This is no event of ours");
        return await inbox.store(fields, event);
      },
      async later(ms) {
        now += ms;
        return await inbox.workOff();
      },
    };
    try {
      await fn(rig, ids);
    } finally {
      for (const one of inboxes) await one.stop();
    }
  });
}

export async function unsettled(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from inbox_event where settled_at is null`;
  return row?.count ?? 0;
}

/** Stays in a chat, oldest first: who, from when (s after START), until when, how. */
export async function stays(sql: Sql, chatId: string) {
  const rows = await sql<
    {
      memberId: string;
      joinedAt: Date;
      leftAt: Date | null;
      quitScene: string | null;
    }[]
  >`
    select member_id, joined_at, left_at, quit_scene from chat_member
    where chat_id = ${chatId} order by joined_at, member_id`;
  const seconds = (at: Date) => (at.getTime() - START) / 1000;
  return rows.map((row) => [
    row.memberId,
    seconds(row.joinedAt),
    row.leftAt && seconds(row.leftAt),
    row.quitScene,
  ]);
}

/** A group of the designer with everything of its making settled; its chatId. */
export async function settledGroup(
  rig: Rig,
  customers: string[],
): Promise<string> {
  const chatId = rig.world.staffCreatesChat({
    userId: "d1",
    groupName: "客户群",
    userIds: ["p1"],
    externalUserIds: customers,
  });
  await rig.deliver();
  await rig.later(10_000);
  assert.equal(await unsettled(rig.sql), 0);
  return chatId;
}

export const invite = (rig: Rig, chatId: string, externalUserId: string) =>
  rig.world.staffInvitesCustomer({ chatId, userId: "d1", externalUserId });

/** A group of d1 and p1 with these customers; answers its id. */
export function create(rig: Rig, externalUserIds: string[], name = "客户群") {
  return rig.world.staffCreatesChat({
    userId: "d1",
    groupName: name,
    userIds: ["p1"],
    externalUserIds,
  });
}
