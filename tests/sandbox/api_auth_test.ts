/** The front door of the sandbox's qyapi: tokens, tickets, wrong calls. */
import assert from "node:assert/strict";
import { rig } from "./rig.ts";

Deno.test("gettoken names what is wrong, with HTTP 200 and empty fields", async () => {
  const { sandbox, get } = rig();
  const ask = (query: Record<string, string>) => get("gettoken", { ...query });
  const wrong = await ask({ corpid: sandbox.corpId, corpsecret: "no" });
  assert.equal(wrong.errcode, 40001);
  assert.equal(wrong["access_token"], "");
  assert.match(
    String(wrong["errmsg"]),
    /hint: \[\d+_.*from ip: 203\.0\.113\.7.*e=40001/,
  );
  assert.equal((await ask({ corpid: sandbox.corpId })).errcode, 41004);
  assert.equal((await ask({ corpsecret: sandbox.secret })).errcode, 41002);
  assert.equal(
    (await ask({ corpid: "ww0", corpsecret: sandbox.secret })).errcode,
    40013,
  );
});

Deno.test("a token stays the same for 7200 s and is replaced afterwards", async () => {
  const { token, tick } = rig();
  const first = await token();
  tick(7_199_000);
  assert.equal(await token(), first);
  tick(1_000);
  assert.notEqual(await token(), first);
});

Deno.test("calls without, with a wrong and with an old token get 41001, 40014 and 42001", async () => {
  const { sandbox, get, token, tick, world } = rig();
  const list = "externalcontact/get_follow_user_list";
  const url = `https://x.test/cgi-bin/${list}`;
  const missing = await sandbox.api(
    new Request(url, { headers: { access_token: await token() } }),
  );
  assert.equal((await missing.json()).errcode, 41001);
  assert.equal((await get(list, { access_token: "made-up" })).errcode, 40014);
  const old = await token();
  world.expireTokens();
  assert.equal((await get(list, { access_token: old })).errcode, 42001);
  const next = await token();
  assert.equal((await get(list, { access_token: next })).errcode, 0);
  tick(7_200_000);
  assert.equal((await get(list, { access_token: next })).errcode, 42001);
});

Deno.test("an unknown path is 404 without a body, a wrong method 40058", async () => {
  const { sandbox, get, token } = rig();
  const unknown = await sandbox.api(
    new Request("https://x.test/cgi-bin/nothing/here"),
  );
  assert.equal(unknown.status, 404);
  assert.equal(await unknown.text(), "");
  const query = { access_token: await token() };
  assert.equal(
    (await get("externalcontact/groupchat/list", query)).errcode,
    40058,
  );
  const post = { method: "POST", body: "{}" };
  assert.equal((await get("externalcontact/list", query, post)).errcode, 40058);
});

Deno.test("the two tickets differ, live 7200 s, and 100 an hour are given", async () => {
  const { get, tick } = rig();
  const corp = await get("get_jsapi_ticket");
  const agent = await get("ticket/get", { type: "agent_config" });
  assert.equal(corp["expires_in"], 7200);
  assert.notEqual(corp["ticket"], agent["ticket"]);
  assert.equal((await get("ticket/get", { type: "other" })).errcode, 40058);
  for (let i = 1; i < 100; i++) {
    assert.equal((await get("get_jsapi_ticket")).errcode, 0);
  }
  assert.equal((await get("get_jsapi_ticket")).errcode, 45009);
  tick(3_600_000);
  assert.equal((await get("get_jsapi_ticket")).errcode, 0);
});

Deno.test("an OAuth code works once, for five minutes, and tells members from customers", async () => {
  const { world, get, tick } = rig();
  const code = (who: string) =>
    world.tokens.issueCode(who, world.now(), Math.random);
  const once = code("chenjing");
  assert.equal(
    (await get("auth/getuserinfo", { code: once }))["userid"],
    "chenjing",
  );
  assert.equal((await get("auth/getuserinfo", { code: once })).errcode, 40029);
  assert.equal(
    (await get("user/getuserinfo", { code: code("chenjing") }))["UserId"],
    "chenjing",
  );
  const [customer = ""] = world.state.customers.keys();
  const external = await get("auth/getuserinfo", {
    code: code(`external:${customer}`),
  });
  assert.equal(external["external_userid"], customer);
  assert.ok(!("userid" in external));
  const late = code("chenjing");
  tick(300_001);
  assert.equal((await get("auth/getuserinfo", { code: late })).errcode, 42003);
});
