/**
 * An order of one designer, without a project manager, in a company whose settings
 * may name a second colleague. The customers: a couple of d1's, and one of op's.
 */
import { type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const WIFE = "13900002222";

export interface Scene {
  app: TestApp;
  who: readonly string[];
  clock: { now: number };
}

export async function company(
  over: Record<string, unknown>,
  fn: (scene: Scene) => Promise<void>,
): Promise<void> {
  const clock = { now: Date.now() };
  const { seed, ids: who } = world([
    { of: "d1", name: "王", remarkMobiles: [PHONE] },
    { of: "d1", name: "李", remarkMobiles: [WIFE] },
    { of: "op", name: "王", remarkMobiles: [PHONE] },
  ]);
  await withApp({ seed, now: () => clock.now }, async (app) => {
    await pushAll(app, [order({ projectManagerWxUserId: null, ...over })]);
    await app.services.contactSync.refresh("d1");
    await app.services.contactSync.refresh("op");
    await fn({ app, who, clock });
  });
}

export async function set(
  { app, clock }: Scene,
  settings: Record<string, unknown>,
) {
  const { sql } = app.services;
  for (const [name, value] of Object.entries(settings)) {
    await sql`insert into company_setting (name, value, changed_by, changed_at)
      values (${name}, ${sql.json(value as string)}, 'ad', now())
      on conflict (name) do update set value = excluded.value`;
  }
  clock.now += 10_000;
}

export async function departs({ app }: Scene, wxUserId: string) {
  await app.services.sql`
    update staff set departed_at = now() where wx_user_id = ${wxUserId}`;
}

export async function leavesScope({ app }: Scene, wxUserId: string) {
  app.sandbox.world.staffLeaves({ userId: wxUserId });
  await app.services.sql`
    insert into member_scope (user_key, wx_user_id, left_at, reading)
    values (${wxUserId}, ${wxUserId}, now(), 1)`;
}
