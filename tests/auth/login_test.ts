/** Signing in against a WeCom that is not our sandbox. */
import assert from "node:assert/strict";
import { IN_CLIENT, Visitor } from "../support/visitor.ts";
import { pushAll } from "../support/company.ts";
import { stubEnv, type StubWecom, withStub } from "../support/stub_wecom.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";

interface Scene {
  app: TestApp;
  stub: StubWecom;
  base: string;
  /** A browser that nobody used yet. */
  browser(): Visitor;
}

async function scene(
  fn: (scene: Scene) => Promise<void>,
  origin = ORIGIN,
): Promise<void> {
  await withStub((stub, base) =>
    withApp({ env: stubEnv(stub, base), origin }, async (app) => {
      await pushAll(app);
      await fn({
        app,
        stub,
        base,
        browser: () => new Visitor(app.handler, origin),
      });
    })
  );
}

Deno.test("Inside WeCom one signs in by OAuth, on a desktop by QR code", () =>
  scene(async ({ stub, base, browser }) => {
    const open = async (headers: HeadersInit) => {
      const response = await browser().fetch("/auth/login?next=/", { headers });
      assert.equal(response.status, 302);
      return new URL(response.headers.get("location") ?? "");
    };
    const inside = await open(IN_CLIENT);
    assert.ok(
      inside.href.startsWith(`${base}/oauth/connect/oauth2/authorize?`),
    );
    assert.equal(inside.hash, "#wechat_redirect");
    const query = Object.fromEntries(inside.searchParams);
    const { state = "", ...rest } = query;
    assert.match(state, /^[a-zA-Z0-9]{16,128}$/);
    assert.deepEqual(rest, {
      appid: stub.corpId,
      redirect_uri: `${ORIGIN}/auth/callback`,
      response_type: "code",
      scope: "snsapi_base",
      agentid: stub.agentId,
    });
    const desktop = await open({ "user-agent": "Mozilla/5.0 Chrome/130" });
    assert.ok(desktop.href.startsWith(`${base}/sso/wwlogin/sso/login?`));
    assert.equal(desktop.searchParams.get("login_type"), "CorpApp");
    assert.equal(desktop.searchParams.get("agentid"), stub.agentId);
  }));

Deno.test("A member comes back signed in, on a clean address", () =>
  scene(async ({ app, stub, browser }) => {
    stub.codes.set("code-1", { userid: "d1" });
    const visitor = browser();
    const next = "/create-customer-group.html?orderId=O1";
    const response = await visitor.signIn("code-1", next);
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), next);
    assert.deepEqual([...visitor.cookies.keys()], ["session"]);
    assert.equal((await visitor.flow("order.get", { orderId: "O1" })).code, 1);
    // Whoever has copied the cookie is out with the person.
    const copy = browser();
    const ended = [...visitor.cookies];
    for (const cookie of ended) copy.cookies.set(...cookie);
    const other = browser();
    stub.codes.set("code-2", { userid: "d1" });
    await (await other.signIn("code-2")).body?.cancel();
    assert.equal((await copy.flow("orders.list")).code, 1);
    const out = await visitor.submit("/auth/logout");
    assert.equal(out.status, 303);
    for (let turn = 0; turn < 3; turn++) {
      assert.equal((await copy.submit("/auth/logout")).status, 303);
      for (const cookie of ended) copy.cookies.set(...cookie);
    }
    const [{ count } = {}] = await app.services.sql`
      select count(*)::int as count from audit_log where action = 'auth.logout'`;
    assert.equal(count, 1, "only the one that ended something");
    for (const left of [visitor, copy]) {
      assert.equal((await left.flow("orders.list")).error, "UNAUTHENTICATED");
    }
    assert.equal((await other.flow("orders.list")).code, 1, "another session");
  }));

Deno.test("A spent or unknown code, and what else WeCom answers, has its own refusal", () =>
  scene(async ({ stub, browser }) => {
    stub.codes.set("customer", { external_userid: "wm1", openid: "o1" });
    stub.codes.set("openid", { openid: "o2" });
    stub.codes.set("stranger", { userid: "nobody-of-ours" });
    stub.codes.set("older", { UserId: "d1", DeviceId: "x" });
    const table: [string, number, string][] = [
      ["spent", 401, "UNAUTHENTICATED"],
      ["customer", 403, "FORBIDDEN"],
      ["openid", 403, "FORBIDDEN"],
      ["", 401, "UNAUTHENTICATED"],
      ["x".repeat(600), 401, "UNAUTHENTICATED"],
    ];
    for (const [code, status, error] of table) {
      const visitor = browser();
      const response = await visitor.signIn(code);
      assert.equal(response.status, status, code);
      assert.match(await response.text(), new RegExp(`error-${error}`));
      assert.equal(visitor.cookies.has("session"), false, code);
      if (status === 403) assert.equal(visitor.cookies.size, 0, "nothing left");
    }
    const older = browser();
    assert.equal((await older.signIn("older")).status, 302);
    const stranger = browser();
    await (await stranger.signIn("stranger")).body?.cancel();
    assert.equal((await stranger.flow("orders.list")).error, "FORBIDDEN");
  }));

Deno.test("A browser keeps five begun sign-ins, the newest ones", () =>
  scene(async ({ stub, browser }) => {
    const visitor = browser();
    const begun: URL[] = [];
    for (let n = 0; n < 9; n++) begun.push(await visitor.begin());
    const tickets = [...visitor.cookies.keys()];
    assert.equal(tickets.filter((name) => name.includes("login-")).length, 5);
    stub.codes.set("good", { userid: "d1" });
    const back = begun.at(-1);
    back?.searchParams.set("code", "good");
    const done = await visitor.fetch(`${back?.pathname}${back?.search}`);
    assert.equal(done.status, 302);
  }));

Deno.test("Guessed codes cost WeCom five calls, and no more", () =>
  scene(async ({ stub, browser }) => {
    const visitor = browser();
    const back = await visitor.begin();
    for (let n = 0; n < 100; n++) {
      back.searchParams.set("code", `guess-${n}`);
      const response = await visitor.fetch(back.pathname + back.search);
      assert.equal(response.status, 401);
      await response.body?.cancel();
    }
    assert.equal(stub.count("auth/getuserinfo"), 5);
  }));

Deno.test("The state belongs to one browser and one attempt", () =>
  scene(async ({ stub, browser }) => {
    for (const code of ["a", "b", "c", "d", "e"]) {
      stub.codes.set(code, { userid: "d1" });
    }
    const refused = async (visitor: Visitor, path: string) => {
      const response = await visitor.fetch(path);
      await response.body?.cancel();
      assert.equal(response.status, 401, path);
      assert.equal(visitor.cookies.has("session"), false);
    };
    const mine = browser();
    const back = await mine.begin();
    const { pathname } = back;
    // Somebody else is sent the address that an attacker began.
    await refused(browser(), `${pathname}${back.search}&code=a`);
    await refused(mine, `${pathname}?code=a`);
    await refused(mine, `${pathname}?code=a&state=`);
    await refused(mine, `${pathname}?code=a&state=${"0".repeat(32)}`);
    await refused(mine, `${pathname}?code=a&state=../../x`);
    const state = back.searchParams.get("state") ?? "";
    await refused(mine, `${pathname}?code=a&state=${state.slice(0, 12)}`);
    assert.equal(stub.count("auth/getuserinfo"), 0, "no code was spent");
    const done = await mine.fetch(`${pathname}${back.search}&code=b`);
    assert.equal(done.status, 302);
    mine.cookies.delete("session");
    await refused(mine, `${pathname}${back.search}&code=c`);
    // Two tabs that sign in at once both come home.
    const tabs = browser();
    const [one, two] = [await tabs.begin("/"), await tabs.begin("/?state=all")];
    const second = await tabs.fetch(`${pathname}${two.search}&code=d`);
    assert.equal(second.headers.get("location"), "/?state=all");
    const first = await tabs.fetch(`${pathname}${one.search}&code=e`);
    assert.equal(first.headers.get("location"), "/");
  }));

Deno.test("After signing in one lands on this site only", () =>
  scene(async ({ stub, browser }) => {
    const table: Record<string, string> = {
      "/orders/O1/group": "/orders/O1/group",
      "/create-customer-group.html?orderId=O%2F1":
        "/create-customer-group.html?orderId=O%2F1",
      "//evil.example": "/",
      "///evil.example": "/",
      "/\\evil.example": "/",
      "\\/evil.example": "/",
      "/\t/evil.example": "/",
      "/\n/evil.example": "/",
      "/.//evil.example": "/",
      "/x/..//evil.example": "/",
      "https://evil.example/": "/",
      "javascript:alert(1)": "/",
      "data:text/html,x": "/",
      "evil.example": "/",
      "@evil.example": "/",
      "": "/",
      "/a\r\nset-cookie: x=1": "/",
      "/auth/logout": "/",
      "/auth/login?next=/": "/",
      "/api/runFlow": "/",
      [`/orders/${"x".repeat(3000)}/group`]: "/",
    };
    for (const [next, wanted] of Object.entries(table)) {
      const visitor = browser();
      stub.codes.set("again", { userid: "d1" });
      const response = await visitor.signIn("again", next);
      assert.equal(response.status, 302, next);
      assert.equal(response.headers.get("location"), wanted, next);
    }
  }));

Deno.test("A session that is not ours, not whole, or too old is none", async () => {
  let offset = 0;
  const now = () => Date.now() + offset;
  await withStub((stub, base) =>
    withApp({ env: stubEnv(stub, base), now }, async (app) => {
      await pushAll(app);
      const visitor = new Visitor(app.handler, ORIGIN);
      stub.codes.set("c", { userid: "d1" });
      await (await visitor.signIn("c")).body?.cancel();
      const good = visitor.cookies.get("session") ?? "";
      const ticket = await app.services.sealer.seal(
        { sub: "d1" },
        "login",
        600,
      );
      const cut = good.split(".");
      const bad = [
        "",
        "x",
        good.slice(0, -2),
        `${good.slice(0, 40)}A${good.slice(41)}`,
        cut.with(0, btoa('{"alg":"none"}')).join("."),
        ticket,
        "a".repeat(8000),
        "%00",
      ];
      for (const session of bad) {
        const headers = { cookie: `session=${session}` };
        const response = await visitor.fetch("/api/wecom/signature", {
          headers,
        });
        assert.equal(response.status, 401, session.slice(0, 60));
        await response.body?.cancel();
      }
      assert.equal((await visitor.flow("orders.list")).code, 1);
      offset = 13 * 3_600_000;
      assert.equal(
        (await visitor.flow("orders.list")).error,
        "UNAUTHENTICATED",
      );
    })
  );
});

Deno.test("Behind https and a proxy cookies are __Host- and Secure, addresses the public ones", () =>
  scene(async ({ app, stub }) => {
    // The proxy speaks plain http to us, under another name.
    const visitor = new Visitor(app.handler, "http://10.0.0.5:8000");
    const response = await visitor.fetch("/auth/login?next=/", {
      headers: IN_CLIENT,
    });
    const there = new URL(response.headers.get("location") ?? "");
    const back = new URL(there.searchParams.get("redirect_uri") ?? "");
    assert.equal(back.href, "https://group.example.com/auth/callback");
    stub.codes.set("c", { userid: "d1" });
    const state = there.searchParams.get("state");
    const done = await visitor.fetch(`/auth/callback?code=c&state=${state}`);
    const [session = ""] = done.headers.getSetCookie();
    assert.match(session, /^__Host-session=/);
    for (const part of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]) {
      assert.ok(session.includes(part), part);
    }
    assert.doesNotMatch(session, /domain=/i);
    assert.equal(done.headers.get("location"), "/");
    const page = await visitor.fetch("/orders/O1/group");
    assert.ok(
      (await page.text()).includes("group.example.com") || page.status === 200,
    );
    const init = { method: "POST", body: '{"flowId":"orders.list"}' };
    const own = {
      "content-type": "application/json",
      origin: "https://group.example.com",
      "sec-fetch-site": "same-origin",
    };
    const flow = await visitor.fetch("/api/runFlow", { ...init, headers: own });
    assert.equal(flow.status, 200);
    await flow.body?.cancel();
    // A plain cookie of that name is not ours here.
    const value = visitor.cookies.get("__Host-session") ?? "";
    const plain = await visitor.fetch("/", {
      headers: { cookie: `session=${value}` },
    });
    assert.equal(plain.status, 302);
  }, "https://group.example.com"));

Deno.test("What another site's page sends is refused, what machines send is not", () =>
  scene(async ({ app, stub }) => {
    const table: [Record<string, string>, boolean][] = [
      [{ origin: ORIGIN }, true],
      [{ "sec-fetch-site": "same-origin" }, true],
      [{ "sec-fetch-site": "none" }, true],
      [{ origin: "https://evil.example" }, false],
      [{ origin: "null" }, false],
      [{ origin: "http://localhost:8001" }, false],
      [{ origin: `${ORIGIN}.evil.example` }, false],
      [{ "sec-fetch-site": "cross-site" }, false],
      [{ "sec-fetch-site": "same-site" }, false],
      [
        { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
        false,
      ],
    ];
    for (const [headers, passes] of table) {
      for (const type of ["application/json", "text/plain"]) {
        const response = await app.as("d1").fetch("/api/runFlow", {
          method: "POST",
          headers: { ...headers, "content-type": type },
          body: '{"flowId":"orders.list"}',
        });
        const { code, error } = await response.json();
        const name = JSON.stringify(headers);
        // What a form could send is no call, wherever it comes from.
        const isCall = type === "application/json";
        assert.equal(code, passes && isCall ? 1 : 0, name);
        if (passes && !isCall) assert.equal(error, "VALIDATION_FAILED");
        if (!passes) {
          assert.equal(response.status, 403);
          assert.equal(error, "CSRF_REJECTED", name);
        }
      }
    }
    const logout = await app.as("d1").fetch("/auth/logout", {
      method: "POST",
      headers: { origin: "https://evil.example" },
    });
    assert.equal(logout.status, 403);
    assert.deepEqual(logout.headers.getSetCookie(), []);
    await logout.body?.cancel();
    const forbidden = await app.as("d2").flow("order.get", { orderId: "O1" });
    assert.equal(forbidden.error, "ORDER_NOT_FOUND", "of another kind");
    assert.equal(stub.calls.length, 0);
  }));

Deno.test("A write with a cookie that does not say where it comes from is refused", () =>
  scene(async ({ app }) => {
    const write = (headers: Record<string, string>, url = ORIGIN) =>
      app.handler(
        new Request(`${url}/api/runFlow`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: '{"flowId":"orders.list"}',
        }),
      );
    const cookie = "session=x";
    const table: [Record<string, string>, string, number][] = [
      [{ cookie }, ORIGIN, 403],
      [{ cookie, origin: ORIGIN }, ORIGIN, 401],
      [{ cookie, "sec-fetch-site": "same-origin" }, ORIGIN, 401],
      // Without a cookie there is nothing to abuse.
      [{}, ORIGIN, 401],
      // The request's own host proves nothing.
      [{ cookie, origin: "http://evil.example" }, "http://evil.example", 403],
    ];
    for (const [headers, url, status] of table) {
      const response = await write(headers, url);
      assert.equal(response.status, status, JSON.stringify(headers));
      await response.body?.cancel();
    }
  }));

Deno.test("Who comes back a second time goes on to where the first time went", () =>
  scene(async ({ app, stub, browser }) => {
    const next = "/create-customer-group.html?orderId=O1";
    const visitor = browser();
    const back = await visitor.begin(next);
    back.searchParams.set("code", "once");
    stub.codes.set("once", { userid: "d1" });
    const arrive = async (visitor: Visitor) => {
      const response = await visitor.fetch(back.pathname + back.search);
      await response.body?.cancel();
      return [response.status, response.headers.get("location")];
    };
    const ticket = new Map(visitor.cookies);
    assert.deepEqual(await arrive(visitor), [302, next]);
    const asked = stub.count("auth/getuserinfo");
    // The cookie of the sign-in is gone.
    assert.deepEqual(await arrive(visitor), [302, next]);
    assert.equal(stub.count("auth/getuserinfo"), asked);
    // The WebView sent the old cookies beside the session: the code is spent.
    for (const [name, value] of ticket) visitor.cookies.set(name, value);
    assert.deepEqual(await arrive(visitor), [302, next]);
    assert.equal((await visitor.flow("orders.list")).code, 1);
    // In another browser nobody is signed in by it.
    assert.deepEqual(await arrive(browser()), [401, null]);
    // Signed in, and no such sign-in was ever: to the orders.
    const other = await app.as("d2").fetch("/auth/callback?code=x&state=zz");
    assert.deepEqual(
      [other.status, other.headers.get("location")],
      [302, "/"],
    );
  }));

Deno.test("The second arrival needs no cache, which only knows the way home", () =>
  scene(async ({ app, stub, browser }) => {
    app.services.cache.set = () => Promise.reject(new Error("no cache"));
    app.services.cache.get = () => Promise.reject(new Error("no cache"));
    const visitor = browser();
    const back = await visitor.begin("/orders/O1/group");
    back.searchParams.set("code", "once");
    stub.codes.set("once", { userid: "d1" });
    const first = await visitor.fetch(back.pathname + back.search);
    assert.equal(first.headers.get("location"), "/orders/O1/group");
    const second = await visitor.fetch(back.pathname + back.search);
    assert.equal(second.headers.get("location"), "/");
  }));

const AGENTS: [string, "oauth" | "qr" | "outside"][] = [
  ["Mozilla/5.0 (iPhone) wxwork/4.1.30 MicroMessenger/7.0.1", "oauth"],
  [
    "Mozilla/5.0 (Windows NT 10.0) wxwork/4.1 (MicroMessenger/6.2) WindowsWechat",
    "oauth",
  ],
  [
    "Mozilla/5.0 (Macintosh) wxwork/4.1 (MicroMessenger/6.2) WeChat/2.0.4",
    "oauth",
  ],
  [
    "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50(0x1800) NetType/WIFI",
    "outside",
  ],
  ["Mozilla/5.0 (Linux; Android 14; wv) MICROMESSENGER/8.0.50", "outside"],
  ["Mozilla/5.0 (Windows NT 10.0) Chrome/130", "qr"],
  ["", "qr"],
];

Deno.test("Plain WeChat is told to open the page in 企业微信, with its address", () =>
  scene(async ({ base, browser }) => {
    const next = "/create-customer-group.html?orderId=O%2F1&x=%22%3E%3Cb%3E";
    for (const [agent, way] of AGENTS) {
      const visitor = browser();
      const response = await visitor.fetch(
        `/auth/login?next=${encodeURIComponent(next)}`,
        { headers: { "user-agent": agent } },
      );
      const html = await response.text();
      if (way === "outside") {
        assert.equal(response.status, 200, agent);
        assert.match(html, /data-testid="not-in-wecom"/);
        assert.match(html, /请在企业微信里打开/);
        const link = (ORIGIN + next).replaceAll("&", "&amp;");
        assert.ok(html.includes(`>${link}</code>`), html);
        assert.equal(visitor.cookies.size, 0);
      } else {
        const path = way === "oauth" ? "/oauth/" : "/sso/";
        const location = response.headers.get("location") ?? "";
        assert.ok(location.startsWith(base + path), agent);
      }
    }
  }));
