/** Contacts over the wire: paging, rights and remarks. */
import assert from "node:assert/strict";
import { type Answer, rig, smallWorld } from "./rig.ts";

const BATCH = "externalcontact/batch/get_by_user";

async function pages(
  post: (endpoint: string, body: unknown) => Promise<Answer>,
  body: Record<string, unknown>,
): Promise<string[][]> {
  const result: string[][] = [];
  let cursor = "";
  do {
    const answer = await post(BATCH, { ...body, cursor });
    assert.equal(answer.errcode, 0);
    const list = answer["external_contact_list"] as {
      external_contact: { external_userid: string };
    }[];
    result.push(list.map((item) => item.external_contact.external_userid));
    cursor = String(answer["next_cursor"]);
  } while (cursor !== "");
  return result;
}

Deno.test("101 contacts come in two pages of at most 100, each once and in order", async () => {
  const world = smallWorld(101);
  const { post } = rig(world);
  const got = await pages(post, { userid_list: ["d1"], limit: 1000 });
  assert.deepEqual(got.map((page) => page.length), [100, 1]);
  assert.deepEqual(got.flat(), world.ids);
});

Deno.test("exactly 100 contacts are one page with no cursor, and 50 is the default", async () => {
  const { post } = rig(smallWorld(100));
  assert.equal(
    (await pages(post, { userid_list: ["d1"], limit: 100 })).length,
    1,
  );
  assert.deepEqual(
    (await pages(post, { userid_list: ["d1"] })).map((p) => p.length),
    [50, 50],
  );
});

Deno.test("a cursor survives deletions and additions between two pages", async () => {
  const world = smallWorld(101);
  const { post, world: company } = rig(world);
  const first = await post(BATCH, { userid_list: ["d1"], limit: 100 });
  company.staffDeletesContact({
    userId: "d1",
    externalUserId: world.ids[3] ?? "",
  });
  const added = company.customerAppears({ name: "新来的" });
  company.customerAddsStaff({ userId: "d1", externalUserId: added });
  const rest = await post(BATCH, {
    userid_list: ["d1"],
    cursor: first["next_cursor"],
    limit: 100,
  });
  const list = rest["external_contact_list"] as {
    external_contact: { external_userid: string };
  }[];
  assert.deepEqual(list.map((one) => one.external_contact.external_userid), [
    world.ids[100],
    added,
  ]);
});

Deno.test("a made-up cursor, or one of another request, is refused", async () => {
  const { post } = rig(smallWorld(101));
  const first = await post(BATCH, { userid_list: ["d1"] });
  const cursor = first["next_cursor"];
  for (
    const [userid_list, wrong] of [[["d1"], "zzz"], [["d1", "p1"], cursor]]
  ) {
    const answer = await post(BATCH, { userid_list, cursor: wrong });
    assert.equal(answer.errcode, 40058);
    assert.deepEqual(answer["external_contact_list"], []);
  }
});

Deno.test("contacts carry numbers only in follow_info, and never an account's own number", async () => {
  const { post, get, world } = rig();
  const answer = await post(BATCH, { userid_list: ["chenjing"], limit: 1 });
  const [first] = answer["external_contact_list"] as Record<
    string,
    Record<string, unknown>
  >[];
  assert.deepEqual(first?.["follow_info"]?.["remark_mobiles"], ["13800010001"]);
  assert.ok(!("mobile" in (first?.["external_contact"] ?? {})));
  assert.deepEqual(answer["fail_info"], { unlicensed_userid_list: [] });
  const [id = ""] = world.state.follows.get("chenjing")?.keys() ?? [];
  const one = await get("externalcontact/get", { external_userid: id });
  assert.equal((one["follow_user"] as unknown[]).length, 1);
});

Deno.test("each missing right has its own code, with the empty fields of the endpoint", async () => {
  const { get, post, world } = rig();
  const list = (userid: string) => get("externalcontact/list", { userid });
  for (
    const [who, code] of [["liuyang", 84074], ["sunli", 60011], [
      "wupeng",
      60111,
    ], ["nobody", 40003]] as const
  ) {
    const answer = await list(who);
    assert.equal(answer.errcode, code, who);
    assert.deepEqual(answer["external_userid"], []);
    assert.equal(
      (await post(BATCH, { userid_list: [who] })).errcode,
      code,
      who,
    );
  }
  world.settings.appCanContact = false;
  assert.equal((await list("chenjing")).errcode, 48002);
});

Deno.test("unknown customers, customers of the invisible and of nobody are told apart", async () => {
  const { get, world } = rig();
  const ask = async (external_userid: string) =>
    (await get("externalcontact/get", { external_userid })).errcode;
  assert.equal(await ask("wmUnknown"), 40096);
  const [hidden = ""] = world.state.follows.get("sunli")?.keys() ?? [];
  assert.equal(await ask(hidden), 40096);
  assert.equal(await ask(world.customerAppears({ name: "路人" })), 84061);
});

Deno.test("remark replaces the numbers, clears them, checks lengths, and raises no event", async () => {
  const small = smallWorld(1);
  const { post, world } = rig(small);
  const events: unknown[] = [];
  world.on((event) => events.push(event));
  const [external_userid = ""] = small.ids;
  const remark = (fields: Record<string, unknown>) =>
    post("externalcontact/remark", {
      userid: "d1",
      external_userid,
      ...fields,
    });
  const numbers = () =>
    world.state.follows.get("d1")?.get(external_userid)?.remarkMobiles;
  assert.equal((await remark({ remark_mobiles: ["1", "2"] })).errcode, 0);
  assert.deepEqual(numbers(), ["1", "2"]);
  assert.equal((await remark({ remark: "备注" })).errcode, 0);
  assert.deepEqual(numbers(), ["1", "2"]);
  assert.equal((await remark({ remark_mobiles: [""] })).errcode, 0);
  assert.deepEqual(numbers(), []);
  assert.equal((await remark({})).errcode, 40058);
  assert.equal((await remark({ remark: "长".repeat(21) })).errcode, 40058);
  assert.equal((await remark({ userid: "p1", remark: "x" })).errcode, 84061);
  assert.deepEqual(events, []);
});
