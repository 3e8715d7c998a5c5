/** Login, identity and the console, as a browser without scripts meets them. */
import assert from "node:assert/strict";
import { ORIGIN, rig } from "./rig.ts";

const BACK = `${ORIGIN}/auth/callback`;

function browser() {
  const test = rig();
  const cookies = new Map<string, string>();
  async function visit(
    path: string,
    form?: Record<string, string>,
    origin = ORIGIN,
  ) {
    const headers = new Headers({
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join(
        "; ",
      ),
      ...(form ? { origin } : {}),
    });
    const init = form
      ? { method: "POST", headers, body: new URLSearchParams(form) }
      : { headers };
    const response = await test.sandbox.pages(new Request(ORIGIN + path, init));
    if (!response) throw new Error(`${path} is not a page of the sandbox`);
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
      cookies.set(name, value);
    }
    const text = await response.text();
    return {
      status: response.status,
      text,
      location: response.headers.get("location") ?? "",
      headers: response.headers,
    };
  }
  const authorize = (changes: Record<string, string> = {}) =>
    visit(`/sandbox/connect/oauth2/authorize?${new URLSearchParams({
      appid: test.sandbox.corpId,
      redirect_uri: BACK,
      response_type: "code",
      scope: "snsapi_base",
      state: "abc123",
      agentid: test.sandbox.agentId,
      ...changes,
    })}`);
  return { ...test, visit, authorize, cookies };
}

Deno.test("login asks once who you are, then goes through silently with fresh codes", async () => {
  const { visit, authorize, get } = browser();
  const first = await authorize();
  assert.equal(first.status, 200);
  assert.match(first.text, /选一个身份进入/);
  const next =
    /name="next"\s+value="([^"]+)"/.exec(first.text)?.[1]?.replaceAll(
      "&amp;",
      "&",
    ) ?? "";
  const chosen = await visit("/sandbox/choose", {
    who: "chenjing",
    next,
    client: "phone",
  });
  assert.equal(chosen.status, 303);
  assert.match(
    chosen.headers.getSetCookie()[0] ?? "",
    /^sandbox_identity=chenjing; HttpOnly; .*SameSite=Lax; Secure$/,
  );
  const codes = [];
  for (const path of [chosen.location, chosen.location]) {
    const back = new URL((await visit(path)).location);
    assert.equal(back.origin + back.pathname, BACK);
    assert.equal(back.searchParams.get("state"), "abc123");
    codes.push(back.searchParams.get("code") ?? "");
  }
  assert.notEqual(codes[0], codes[1]);
  const info = await get("auth/getuserinfo", { code: codes[1] ?? "" });
  assert.equal(info["userid"], "chenjing");
});

Deno.test("the QR login of a desk leads to the same code", async () => {
  const { visit, sandbox, cookies, get } = browser();
  cookies.set("sandbox_identity", "zhoumin");
  const query = new URLSearchParams({
    login_type: "CorpApp",
    appid: sandbox.corpId,
    agentid: sandbox.agentId,
    redirect_uri: BACK,
    state: "s1",
  });
  const { location } = await visit(`/sandbox/wwlogin/sso/login?${query}`);
  const code = new URL(location).searchParams.get("code") ?? "";
  assert.equal((await get("auth/getuserinfo", { code }))["userid"], "zhoumin");
});

Deno.test("login refuses foreign targets, odd states, wrong companies and who has left", async () => {
  const { authorize, cookies } = browser();
  cookies.set("sandbox_identity", "chenjing");
  for (
    const changes of [
      { redirect_uri: "https://evil.example/cb" },
      { redirect_uri: "javascript:alert(1)" },
      { state: "a-b_c" },
      { appid: "ww0" },
      { response_type: "token" },
    ]
  ) {
    const refused = await authorize(changes);
    assert.equal(refused.status, 400, JSON.stringify(changes));
    assert.equal(refused.location, "");
  }
  cookies.set("sandbox_identity", "wupeng");
  assert.equal((await authorize()).status, 403);
});

Deno.test("choosing leads only to paths of our own, and only from our own pages", async () => {
  const { visit } = browser();
  for (
    const next of [
      "//evil.example",
      "https://evil.example",
      "/\\evil.example",
      "",
    ]
  ) {
    const { location } = await visit("/sandbox/choose", {
      who: "chenjing",
      next,
    });
    assert.equal(location, `${ORIGIN}/auth/login?next=/`);
  }
  assert.equal(
    (await visit(
      "/sandbox/choose",
      { who: "chenjing" },
      "https://evil.example",
    )).status,
    403,
  );
  assert.equal((await visit("/sandbox/choose", { who: "nobody" })).status, 400);
});

Deno.test("every page says that it is the sandbox, escapes names and runs no foreign script", async () => {
  const { visit, world, cookies } = browser();
  cookies.set("sandbox_identity", "chenjing");
  world.staffJoins({
    userId: "x1",
    name: "<script>alert(1)</script>",
    scenario: '"><img>',
  });
  const evil = world.customerAppears({ name: "<img src=x onerror=alert(1)>" });
  world.staffAddsContact({ userId: "chenjing", externalUserId: evil });
  world.staffCreatesChat({
    userId: "chenjing",
    groupName: "<b>群</b>",
    externalUserIds: [evil],
  });
  for (
    const path of [
      "/sandbox/choose",
      "/sandbox/console",
      "/sandbox/killed",
      "/sandbox/nothing",
    ]
  ) {
    const { text, headers } = await visit(path);
    assert.match(text, /<strong>沙箱<\/strong>/, path);
    assert.match(text, /数据都是编的/, path);
    assert.doesNotMatch(text, /<script|<img|<b>群/, path);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /default-src 'none'/,
    );
  }
});

Deno.test("the console does what people do, and says when it cannot be done", async () => {
  const { visit, world, cookies } = browser();
  const act = (fields: Record<string, string>) =>
    visit("/sandbox/console", fields);
  await act({
    action: "add",
    by: "customer",
    userId: "xuting",
    name: "王女士",
    mobile: "138 0000 0001，139",
  });
  const follow = [...world.state.follows.get("xuting")?.values() ?? []].at(-1);
  assert.deepEqual(follow?.remarkMobiles, ["138 0000 0001", "139"]);
  const [chat] = [...world.state.chats.values()];
  const chatId = chat?.chatId ?? "";
  await act({ action: "rename", chatId, name: "新名字" });
  await act({ action: "dismiss", chatId });
  assert.equal(chat?.name, "新名字");
  assert.equal(chat?.dismissed, true);
  const again = await act({ action: "dismiss", chatId, at: "chats" });
  assert.equal(again.location, "/sandbox/console?said=49008#chats");
  assert.match((await visit("/sandbox/console?said=49008")).text, /没有执行/);
  await act({ action: "fault", value: "ip", endpoint: "*", times: "1" });
  assert.equal(world.faults.rules.length, 1);
  await act({ action: "outcome", value: "no_chat_id" });
  assert.equal(world.settings.clientOutcome, "no_chat_id");
  await act({ action: "client", value: "old" });
  assert.equal(cookies.get("sandbox_client"), "old");
  await act({ action: "calm" });
  assert.equal(world.settings.clientOutcome, "normal");
  const foreign = await visit(
    "/sandbox/console",
    { action: "reset" },
    "https://evil.example",
  );
  assert.equal(foreign.status, 403);
});

Deno.test("a card can be opened on its member's phone, and from the console as that member", async () => {
  const { visit, post, sandbox, cookies } = browser();
  const send = (url: string, title: string) =>
    post("message/send", {
      touser: "xuting",
      agentid: Number(sandbox.agentId),
      msgtype: "textcard",
      textcard: {
        title,
        description: '<div class="normal">第一行</div><div>第二行</div>',
        url,
        btntxt: "去建群",
      },
    });
  await send(`${ORIGIN}/orders/O1/group`, "请为<b>王</b>建群");
  await send("https://evil.example/", "别处");
  cookies.set("sandbox_identity", "chenjing");
  assert.doesNotMatch((await visit("/sandbox/messages")).text, /建群/);
  const listed = (await visit("/sandbox/console")).text;
  assert.match(listed, /请为&lt;b&gt;王&lt;\/b&gt;建群/);
  const next = "/auth/login?next=%2Forders%2FO1%2Fgroup";
  assert.ok(listed.includes(`name="next" value="${next}"`), listed);
  assert.doesNotMatch(listed, /evil/);
  const opened = await visit("/sandbox/choose", { who: "xuting", next });
  assert.equal(opened.location, ORIGIN + next);
  const phone = (await visit("/sandbox/messages")).text;
  assert.match(phone, /<p>第一行<\/p>\s*<p>第二行<\/p>/);
  assert.match(phone, /href="https:[^"]+\/orders\/O1\/group">去建群</);
  assert.doesNotMatch(phone, /href="https:\/\/evil/);
});

Deno.test("the page beside a chat is opened from the console as a member who is in it, and what was said is seen there", async () => {
  const { visit, sandbox: { world } } = browser();
  const [follow] = world.state.follows.get("chenjing")?.values() ?? [];
  const externalUserId = follow?.externalUserId ?? "";
  const chatId = world.staffCreatesChat({
    userId: "chenjing",
    groupName: "旁边的群",
    userIds: ["wangqiang"],
    externalUserIds: [externalUserId],
  });
  world.messageSent({ chatId, from: "chenjing", text: "群里<b>好" });
  world.customerTold({ userId: "chenjing", externalUserId, text: "您好<i>" });
  const page = (await visit(
    `/sandbox/console?staff=chenjing&search=${
      encodeURIComponent(follow?.remark ?? "")
    }`,
  )).text;
  for (const chat of [`customer:${externalUserId}`, `group:${chatId}`]) {
    const path = `/sidebar?in=${encodeURIComponent(chat)}`;
    const next = `/auth/login?next=${encodeURIComponent(path)}`;
    assert.ok(page.includes(`name="next" value="${next}"`), chat);
    const opened = await visit("/sandbox/choose", { who: "chenjing", next });
    assert.equal(opened.location, ORIGIN + next);
  }
  assert.match(page, /以王强打开聊天工具栏/);
  assert.match(page, /群里&lt;b&gt;好/);
  assert.match(page, /您好&lt;i&gt;/);
  assert.throws(() =>
    world.customerTold({ userId: "hejun", externalUserId: "wmX", text: "x" })
  );
});

Deno.test("paths of others are left alone, and hostile input never breaks a page", async () => {
  const { sandbox, visit } = browser();
  for (const path of ["/", "/sandboxes", "/cgi-bin/gettoken"]) {
    assert.equal(await sandbox.pages(new Request(ORIGIN + path)), null);
  }
  for (
    const path of [
      "/sandbox/qr/x.svg",
      "/sandbox/scan/%00",
      "/sandbox/choose?next=%ff",
      "/sandbox/console?staff=__proto__&search=%F0",
    ]
  ) {
    assert.ok((await visit(path)).status < 500, path);
  }
  for (
    const body of [
      "",
      "{",
      "[]",
      "null",
      '{"params":1}',
      '{"verify":{"url":3}}',
    ]
  ) {
    const response = await sandbox.pages(
      new Request(`${ORIGIN}/sandbox/client/openEnterpriseChat`, {
        method: "POST",
        headers: { origin: ORIGIN, cookie: "sandbox_identity=chenjing" },
        body,
      }),
    );
    assert.ok(response && response.status < 500, body);
    assert.equal((await response.json()).ok, false, body);
  }
});

Deno.test("the simulated client wants a person, our own page and a signature", async () => {
  const { sandbox } = browser();
  const post = async (headers: Record<string, string>) => {
    const response = await sandbox.pages(
      new Request(`${ORIGIN}/sandbox/client/selectExternalContact`, {
        method: "POST",
        headers,
        body: "{}",
      }),
    );
    return (await response?.json()).errMsg;
  };
  const cookie = "sandbox_identity=chenjing";
  assert.equal(
    await post({ origin: "https://evil.example", cookie }),
    "access_denied",
  );
  assert.equal(await post({ origin: ORIGIN }), "access_denied");
  assert.equal(
    await post({ origin: ORIGIN, cookie }),
    "the permission value is offline verifying",
  );
});

Deno.test("a scanned contact code adds the customer with the code's state", async () => {
  const { visit, post, world } = browser();
  const made = await post("externalcontact/add_contact_way", {
    type: 1,
    scene: 2,
    state: "order9",
    user: ["xuting"],
  });
  const events: unknown[] = [];
  world.on((event) => events.push(event));
  const picture = await visit(`/sandbox/qr/${made["config_id"]}.svg`);
  assert.match(picture.text, /^<svg /);
  const path = `/sandbox/scan/${made["config_id"]}`;
  assert.match((await visit(path)).text, /添加 徐婷/);
  assert.match(
    (await visit(path, { name: "扫码的人" })).text,
    /还要员工.*通过/,
  );
  assert.equal((events[0] as { state: string }).state, "order9");
  // Without a second phone it is scanned from the console.
  assert.ok((await visit("/sandbox/console")).text.includes(path));
  const [waiting] = world.state.pending.values();
  await visit("/sandbox/console", {
    action: "confirm",
    userId: "xuting",
    id: waiting?.externalUserId ?? "",
  });
  const follow = [...world.state.follows.get("xuting")?.values() ?? []].at(-1);
  assert.equal(follow?.state, "order9");
});
