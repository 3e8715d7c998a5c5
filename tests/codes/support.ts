/** A company in the sandbox whose events come when the test delivers them. */
import assert from "node:assert/strict";
import { eventXml, type WorldEvent } from "../../lib/sandbox/mod.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import { type Fields, readXml } from "../../lib/wecom/callback/xml.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { letSleep } from "../support/statements.ts";
import { pushAll, world as companyOf } from "../support/company.ts";

export const MINUTE = 60_000;

export interface Scene {
  app: TestApp;
  world: TestApp["sandbox"]["world"];
  /** Moves the clock. */
  later(ms: number): void;
  /** Stores what happened since, and works it off as far as it is due. */
  deliver(): Promise<void>;
  /** An event of this contact with d1, which happened then. */
  push(change: string, id: string, at: number, state?: string): Promise<void>;
  /** What happened since never comes. */
  lose(): void;
  code(as?: string): Promise<{ qrCode: string; state: string }>;
  match(as?: string, input?: Record<string, unknown>): Promise<Matched>;
  /** A stranger scans the newest code that carries this state. */
  scans(state: string, name: string): { configId: string; id: string };
  /** The same, and the member confirms. */
  adds(state: string, name: string): string;
}

export interface Matched {
  status: string;
  half?: boolean;
  /** Name and how, of each candidate. */
  found: [string, string | undefined][];
  followers: string[];
}

/** d1 has one contact without a number, who is nobody's customer. */
export async function withScene(
  fn: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { seed } = companyOf([{ of: "d1", name: "路人" }]);
  let now = Date.UTC(2026, 10, 27, 2);
  await withApp({ seed, now: () => now }, async (app) => {
    // What is due is worked off when the test says so, and not beside it.
    letSleep(app);
    await pushAll(app);
    const { world } = app.sandbox;
    world.settings.lagMs = 0;
    let waiting: WorldEvent[] = [];
    world.on((event) => void waiting.push(event));
    const { inbox } = app.services;
    async function store(fields: Fields): Promise<void> {
      const event = readEvent(fields, now);
      assert.ok(event);
      await inbox.store(fields, event);
    }
    const scene: Scene = {
      app,
      world,
      later: (ms) => void (now += ms),
      lose: () => void (waiting = []),
      push: (ChangeType, ExternalUserID, at, State) =>
        store({
          Event: "change_external_contact",
          ChangeType,
          CreateTime: String(Math.floor(at / 1000)),
          UserID: "d1",
          ExternalUserID,
          ...(State !== undefined && { State }),
        }),
      async deliver() {
        for (const event of waiting.splice(0)) {
          await store(readXml(eventXml(event, app.sandbox.corpId)));
        }
        // WeCom's own answers lag behind its events.
        now += 10_000;
        await inbox.workOff();
      },
      async code(as = "d1") {
        const answer = await app.as(as).flow("customer.code", {
          orderId: "O1",
        });
        assert.equal(answer.status, 200, JSON.stringify(answer));
        return answer.data as { qrCode: string; state: string };
      },
      async match(as = "d1", input = {}) {
        const { status, data } = await app.as(as)
          .flow("customer.match", { orderId: "O1", ...input });
        assert.equal(status, 200, JSON.stringify(data));
        return seen(data);
      },
      scans(state, name) {
        const way = [...world.state.ways.values()].findLast((one) =>
          one.state === state
        );
        assert.ok(way, "no code with this state");
        const id = world.customerAppears({ name });
        world.customerScansContactWay({
          configId: way.configId,
          externalUserId: id,
        });
        return { configId: way.configId, id };
      },
      adds(state, name) {
        const { id } = scene.scans(state, name);
        const [userId = ""] = [...world.state.pending.values()]
          .filter((one) => one.externalUserId === id)
          .map((one) => one.userId);
        world.staffConfirmsContact({ userId, externalUserId: id });
        return id;
      },
    };
    await fn(scene);
  });
}

function seen(data: Record<string, unknown>): Matched {
  const { status, half, candidates, followers } = data as {
    status: string;
    half?: boolean;
    candidates: { name: string; via?: string }[];
    followers: { wxUserId: string }[];
  };
  return {
    status,
    ...(half !== undefined && { half }),
    found: candidates.map((one) => [one.name, one.via]),
    followers: followers.map((one) => one.wxUserId),
  };
}

/** The states of the codes that WeCom has. */
export function codesIn({ world }: Scene): string[] {
  return [...world.state.ways.values()].map((way) => way.state);
}

/** The client makes the group of order O1 as prepared, and it is recorded. */
export async function makeGroup(
  { app, world }: Scene,
  prepared: { intentId: string; groupName: string },
  customer: string,
): Promise<void> {
  const chatId = world.staffCreatesChat({
    userId: "d1",
    groupName: prepared.groupName,
    userIds: ["p1"],
    externalUserIds: [customer],
  });
  const answer = await app.as("d1").flow("group.record", {
    orderId: "O1",
    intentId: prepared.intentId,
    chatId,
  });
  assert.equal(answer.data?.status, "active", JSON.stringify(answer));
}
