/**
 * Who may put colleagues into a group: somebody who is in it, on a phone or on
 * Windows (93223). For all others the page says who can, and where.
 */
import assert from "node:assert/strict";
import { App } from "fresh";
import type { GroupView, MissingMember } from "../../lib/flows/schemas.ts";
import { Missing } from "../../lib/ui/parts/missing.tsx";
import type { Screen } from "../../lib/ui/parts/panel.tsx";
import { screenOf } from "../../lib/ui/parts/screens.ts";
import { ok, pageModel, rig, told } from "./support.ts";

const MANAGER: MissingMember = {
  memberId: "wangqiang",
  name: "王强",
  kind: "staff",
  reason: "changed_on_order",
};

const group = (...missing: MissingMember[]): GroupView => ({
  chatId: "wrChat",
  groupName: "王建国-服务群",
  status: "active",
  owner: { wxUserId: "chenjing", name: "陈静" },
  members: [],
  customerJoined: true,
  createdAt: "2026-11-22T03:00:00.000Z",
  syncedAt: "2026-11-22T03:00:00.000Z",
  missing,
});

const buttons = (screen: Screen) => screen.buttons?.map(([id]) => id);

Deno.test("on a Mac nobody is put in; the page says where it can be done", async () => {
  const r = rig({
    model: pageModel({ group: group(MANAGER), match: null }),
    server: { "group.get": () => ok(group(MANAGER)) },
    client: "desktop",
    canInvite: false,
  });
  r.act.start();
  await r.settle();
  assert.deepEqual(buttons(screenOf(r.on("done"), r.act)), ["open-chat"]);
  assert.match(await words(r), /Mac 上不能拉同事进群/);
});

Deno.test("who is in no way in the group offers nothing, and reads who can", async () => {
  // An operator, who is not on the order either.
  const owner = { memberId: "liu", name: "刘敏", type: "staff" as const };
  const view = told({
    ...group(MANAGER),
    owner: { wxUserId: "liu", name: "刘敏" },
    members: [{ ...owner, joinedAt: "2026-11-22T03:00:00.000Z" }],
  });
  const r = rig({
    model: pageModel({ group: view, match: null }),
    server: { "group.get": () => ok(view) },
  });
  r.act.start();
  await r.settle();
  assert.deepEqual(buttons(screenOf(r.on("done"), r.act)), ["retry"]);
  assert.match(await words(r), /请让刘敏打开这个订单，把王强拉进群/);
  await r.act.look();
  assert.equal(r.on("done").hint, "still");
});

async function words(r: ReturnType<typeof rig>): Promise<string> {
  const lines = <Missing step={r.on("done")} act={r.act} />;
  const app = new App().use((ctx) => ctx.render(lines));
  return await (await app.handler()(new Request("http://localhost/"))).text();
}
