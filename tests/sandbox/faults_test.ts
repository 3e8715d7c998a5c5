/** Things that go wrong on the way to qyapi, on purpose. */
import assert from "node:assert/strict";
import { serveSandbox } from "../../lib/sandbox/server.ts";
import type { FaultKind } from "../../lib/sandbox/mod.ts";
import { rig } from "./rig.ts";

const LIST = "externalcontact/get_follow_user_list";
const url = (endpoint: string, query = "") =>
  `https://qyapi.test/cgi-bin/${endpoint}?${query}`;

Deno.test("a rule fires as often as told, on its endpoints only, and is counted", async () => {
  const { get, world } = rig();
  const kind: FaultKind = { type: "errcode", errcode: 45009 };
  world.faults.add({ endpoint: "externalcontact/*", kind, times: 2 });
  const codes = [];
  for (let i = 0; i < 3; i++) codes.push((await get(LIST)).errcode);
  assert.deepEqual(codes, [45009, 45009, 0]);
  assert.equal(world.faults.counts.get("errcode 45009"), 2);
  assert.equal(world.calls.errors(LIST, 45009), 2);
  assert.deepEqual(world.faults.rules, []);
});

Deno.test("60020 names the caller's address", async () => {
  const { get, world } = rig();
  world.faults.add({
    endpoint: "*",
    kind: { type: "errcode", errcode: 60020 },
  });
  assert.match(
    String((await get("gettoken"))["errmsg"]),
    /not allow to access from your ip, hint: \[.+\], from ip: 203\.0\.113\.7,/,
  );
});

Deno.test("a hanging call ends when the caller gives up, a slow one answers late", async () => {
  const waits: number[] = [];
  const { sandbox, world, token } = rig({
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  const access = `access_token=${await token()}`;
  world.faults.add({ endpoint: LIST, kind: { type: "hang" }, times: 1 });
  const abort = new AbortController();
  const call = sandbox.api(
    new Request(url(LIST, access), { signal: abort.signal }),
  );
  abort.abort(new Error("gave up"));
  await assert.rejects(call, /gave up|abort/i);
  world.faults.add({ endpoint: LIST, kind: { type: "slow", ms: 900 } });
  world.settings.latencyMs = 40;
  const late = await sandbox.api(new Request(url(LIST, access)));
  assert.equal((await late.json()).errcode, 0);
  assert.deepEqual(waits, [40, 900]);
});

Deno.test("garbage, HTTP errors and broken connections are no JSON", async () => {
  const { sandbox, world } = rig();
  const kinds: FaultKind[] = [{ type: "garbage" }, { type: "close" }, {
    type: "http",
    status: 502,
  }];
  for (const kind of kinds) {
    world.faults.add({ endpoint: "gettoken", kind, times: 1 });
    const response = await sandbox.api(new Request(url("gettoken")));
    assert.equal(response.status, kind.type === "http" ? 502 : 200);
    await assert.rejects(response.json());
  }
  world.down = true;
  assert.equal((await sandbox.api(new Request(url("gettoken")))).status, 502);
});

Deno.test("a fault after the effect loses the answer, not the effect", async () => {
  const { post, world, get } = rig();
  const [external_userid = ""] = world.state.follows.get("chenjing")?.keys() ??
    [];
  world.faults.add({
    endpoint: "externalcontact/remark",
    kind: { type: "errcode", errcode: -1 },
    phase: "after",
    times: 1,
  });
  const body = {
    userid: "chenjing",
    external_userid,
    remark_mobiles: ["13811112222"],
  };
  assert.equal((await post("externalcontact/remark", body)).errcode, -1);
  const contact = await get("externalcontact/get", { external_userid });
  const [follow] = contact["follow_user"] as { remark_mobiles: string[] }[];
  assert.deepEqual(follow?.remark_mobiles, ["13811112222"]);
});

Deno.test("the same seed draws the same faults", async () => {
  const draws = async () => {
    const { get, world } = rig();
    world.faults.seed(7);
    const kind: FaultKind = { type: "errcode", errcode: -1 };
    world.faults.add({ endpoint: LIST, kind, probability: 0.4 });
    const codes = [];
    for (let i = 0; i < 20; i++) codes.push((await get(LIST)).errcode);
    return codes;
  };
  const first = await draws();
  assert.deepEqual(await draws(), first);
  assert.ok(first.includes(0) && first.includes(-1));
});

Deno.test("too many calls at once are 45033, too many a minute 45009", async () => {
  const { sandbox, world, token, tick } = rig();
  const access = `access_token=${await token()}`;
  world.settings.maxConcurrent = 2;
  const call = async () =>
    (await (await sandbox.api(new Request(url(LIST, access)))).json()).errcode;
  const codes = await Promise.all([call(), call(), call()]);
  assert.ok(codes.includes(45033) && codes.includes(0));
  world.settings.maxConcurrent = Infinity;
  tick(60_000);
  for (let i = 0; i < 10_000; i++) world.calls.admit(LIST, world.now());
  assert.equal(await call(), 45009);
  tick(60_000);
  assert.equal(await call(), 0);
});

Deno.test("calls are recorded without parameters", async () => {
  const { get, world } = rig();
  await get("externalcontact/list", { userid: "liuyang" });
  assert.equal(world.calls.count("externalcontact/list"), 1);
  const [last] = world.calls.recent();
  assert.deepEqual(Object.keys(last ?? {}).sort(), [
    "at",
    "endpoint",
    "errcode",
    "status",
  ]);
  assert.equal(last?.errcode, 84074);
});

Deno.test("on a port of its own it speaks the same, and stops while a call hangs", async () => {
  const server = await serveSandbox();
  const { sandbox, origin } = server;
  const ids = `corpid=${sandbox.corpId}&corpsecret=${sandbox.secret}`;
  const response = await fetch(`${origin}/cgi-bin/gettoken?${ids}`);
  assert.equal((await response.json()).errcode, 0);
  sandbox.world.faults.add({ endpoint: "gettoken", kind: { type: "hang" } });
  const hanging = fetch(`${origin}/cgi-bin/gettoken`, {
    signal: AbortSignal.timeout(50),
  });
  await assert.rejects(hanging);
  sandbox.world.faults.clear();
  sandbox.world.faults.add({ endpoint: "gettoken", kind: { type: "close" } });
  await assert.rejects(
    fetch(`${origin}/cgi-bin/gettoken?${ids}`).then((r) => r.text()),
  );
  await server.shutdown();
});
