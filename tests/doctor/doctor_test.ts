/**
 * The doctor: all is well where all is set up, and each fault that configuration
 * can cause is named with its place and its cure.
 */
import assert from "node:assert/strict";
import { runChecks } from "../../lib/doctor/check.ts";
import { CHECKS, examine, isIll, tell } from "../../lib/doctor/doctor.ts";
import { REMEDIES } from "../../lib/wecom/mod.ts";
import { withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";
import { ok, refuse } from "../support/stub_wecom.ts";
import { ENV, healthy, look, one, parts } from "./support.ts";

Deno.test("Where all is set up nothing is failed, and what no call can tell says so", () =>
  healthy(async ({ app }) => {
    const lines = await look(app);
    const states = (wanted: string) =>
      lines.filter(({ state }) => state === wanted).map(({ name }) => name);
    assert.deepEqual(states("failed"), [], JSON.stringify(lines));
    assert.deepEqual(states("unknown"), ["night", "welcome", "quota"]);
    assert.deepEqual(states("warning"), ["events"], "none ever came");
    assert.equal(isIll(lines), false);
    assert.deepEqual(
      lines.map(({ name }) => name),
      CHECKS.map(({ name }) => name),
    );
    const text = lines.flatMap((line) => tell(line)).join("\n");
    const { config } = app.services;
    for (
      const secret of [
        config.wecom.secret.reveal(),
        config.sessionSecret.reveal(),
        config.dataKey.reveal(),
        ENV.WECOM_CALLBACK_AES_KEY,
        PHONE,
      ]
    ) assert.ok(!text.includes(secret));
  }));

const FAULTS = REMEDIES.filter((row) =>
  row.remedy === "config" || row.remedy === "denied" && row.place !== null
);

Deno.test("Each code that configuration can cause is named, with its place and who mends it", () =>
  healthy(async ({ app, stub }) => {
    const wrong: string[] = [];
    for (const { code, cause, place, who } of FAULTS) {
      // WeCom refuses with it whatever needs a token.
      stub.spoil = (path) =>
        path === "gettoken"
          ? undefined
          : refuse(code, `fault, from ip: 203.0.113.9, more info at x`);
      const lines = await look(app, "trusted-ip", "agent", "callable");
      const named = lines.filter((line) =>
        line.state === "failed" && line.cause.includes(String(code)) &&
        line.cause.includes(cause) && line.place === place && line.who === who
      );
      if (named.length === 0) {
        wrong.push(`${code}: ${JSON.stringify(lines.map((l) => l.cause))}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(FAULTS.length > 20);
  }));

Deno.test("A wrong secret and an address that is not trusted are told apart, the address by name", () =>
  healthy(async ({ app, stub }) => {
    stub.spoil = (path) =>
      path === "getcallbackip"
        ? refuse(
          60020,
          "not allow to access from your ip, from ip: 203.0.113.9",
        )
        : undefined;
    const ip = await one(app, "trusted-ip");
    assert.equal(ip.state, "failed");
    assert.match(ip.cause, /203\.0\.113\.9/);
    assert.match(ip.place ?? "", /企业可信IP/);
    assert.equal((await one(app, "credentials")).state, "ok");
  }));

const DOMAINS: [told: string, state: string][] = [
  ["localhost:8000", "ok"],
  ["https://localhost:8000/", "ok"],
  ["localhost", "ok"],
  ["other.example.com", "failed"],
  ["", "failed"],
];

Deno.test("The trusted domain is compared with our own address", () =>
  healthy(async ({ app, stub }) => {
    for (const [told, state] of DOMAINS) {
      stub.trustedDomain = told;
      const line = await one(app, "trusted-domain");
      assert.equal(line.state, state, told);
      if (told && state === "failed") {
        assert.match(line.cause, /other\.example/);
      }
    }
  }));

Deno.test("An app that is closed, or that nobody can see, is told", () =>
  healthy(async ({ app, stub }) => {
    const agent = (over: Record<string, unknown>) =>
      ok({ close: 0, redirect_domain: "x", ...over });
    stub.spoil = (path) =>
      path === "agent/get" ? agent({ close: 1 }) : undefined;
    assert.match((await one(app, "agent")).cause, /停用/);
    stub.spoil = (path) => path === "agent/get" ? agent({}) : undefined;
    assert.match((await one(app, "agent")).cause, /可见范围是空的/);
  }));

Deno.test("Designers without 客户联系 are counted, and named only for one's own people", () =>
  healthy(async ({ app, stub }) => {
    stub.followUsers = stub.followUsers.filter((id) => id !== "d2");
    const line = await one(app, "staff-scope");
    assert.deepEqual([line.state, line.detail], ["warning", "d2"]);
    assert.match(line.cause, /^1 位/);
    assert.doesNotMatch(tell(line, true).join("\n"), /d2/);
    assert.match(tell(line).join("\n"), /d2/);
    stub.followUsers = [];
    assert.equal((await one(app, "callable")).state, "failed");
    assert.equal((await one(app, "contacts")).state, "unknown");
  }));

Deno.test("From outside: another program, another key, another proof", () =>
  healthy(async ({ app }) => {
    const real = parts(app);
    const asked = async (name: string, answer: () => Promise<Response>) => {
      const given = { ...real, fetch: answer as typeof fetch };
      const [line] = await examine(given, 10_000, [name]);
      return [line?.state, line?.cause] as const;
    };
    const page = (status: number, text = "") => () =>
      Promise.resolve(new Response(text, { status }));
    const away = () => Promise.reject(new TypeError("refused"));
    assert.equal((await asked("public-origin", away))[0], "failed");
    assert.equal((await asked("public-origin", page(404)))[0], "failed");
    assert.equal(
      (await asked("proof-file", page(200, "another")))[0],
      "failed",
    );
    assert.equal((await asked("callback", page(200, "another")))[0], "failed");
    assert.match((await asked("callback", page(403)))[1] ?? "", /Token/);
    assert.equal((await asked("callback", away))[0], "unknown");
    const [state] = await asked("clock", () =>
      Promise.resolve(
        new Response("", {
          headers: { date: "Fri, 27 Nov 2020 00:00:00 GMT" },
        }),
      ));
    assert.equal(state, "failed");
    const [unseen, why] = await asked("clock", away);
    assert.equal(unseen, "unknown");
    assert.match(why ?? "", /连不上企业微信/);
  }));

Deno.test("A check that crashes or hangs is a result, and the others go on", async () => {
  const lines = await runChecks(
    [
      { name: "a", title: "a", run: () => Promise.reject(new Error("secret")) },
      { name: "b", title: "b", run: () => new Promise(() => {}) },
      {
        name: "c",
        title: "c",
        run: () => Promise.resolve({ state: "ok", cause: "c" }),
      },
    ],
    null,
    10,
  );
  assert.deepEqual(lines.map(({ state }) => state), ["failed", "failed", "ok"]);
  assert.doesNotMatch(JSON.stringify(lines), /secret/);
});

Deno.test("The page is the admins', and shows each check", async () => {
  const { seed } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order()]);
    const answer = await app.as("ad").fetch("/admin/doctor");
    assert.equal(answer.status, 200);
    const html = await answer.text();
    for (const { name } of CHECKS) {
      assert.match(
        html,
        new RegExp(`data-testid="doctor-${name}" data-state="\\w+"`),
      );
    }
    for (const person of ["op", "d1", null]) {
      const hidden = await app.as(person).fetch("/admin/doctor");
      assert.equal(hidden.status, 404);
      await hidden.body?.cancel();
    }
  });
});
