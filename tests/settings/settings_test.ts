/** The company's settings: who may, what is kept, and what harms nobody. */
import assert from "node:assert/strict";
import {
  DEFAULTS,
  secondColleagueOf,
  SETTINGS,
  welcomeFor,
} from "../../lib/settings/definitions.ts";
import { createSettings } from "../../lib/settings/settings.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { pushAll, STAFF } from "../support/company.ts";
import { withDatabase } from "../support/database.ts";

const PAGE = "/admin/settings";
const FORM = {
  welcome: "您好，{customerName}！\r\n我是{designerName}",
  secondColleague: "p1",
  storeColleagues: "滨江店 d2\r\n\r\n城 西 店：D1",
  reminders: "on",
};

async function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  await withApp({}, async (app) => {
    await pushAll(app, []);
    await fn(app);
  });
}

const post = (
  app: TestApp,
  as: string | null,
  form: Record<string, string>,
  origin = ORIGIN,
) =>
  app.as(as).fetch(PAGE, {
    method: "POST",
    headers: {
      origin,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams(form).toString(),
  });

Deno.test("To others the page is an address that isn't there, whatever they ask", () =>
  company(async (app) => {
    const page = async (response: Response) => {
      const text = await response.text();
      const shown = text.replace(/编号 [^<]+|nonce="[^"]+"/g, "");
      return [response.status, shown] as const;
    };
    const others = [null, ...STAFF.map((one) => one.wxUserId), "stranger"];
    for (const person of others.filter((one) => one !== "ad")) {
      const client = app.as(person);
      const wanted = await page(await client.fetch("/admin/nothing"));
      assert.equal(wanted[0], 404);
      for (const method of ["GET", "POST"]) {
        const init = method === "POST"
          ? { method, headers: { origin: ORIGIN }, body: "" }
          : { method };
        const got = await page(await client.fetch(PAGE, init));
        assert.deepEqual(got, wanted, `${method} as ${person}`);
      }
    }
    assert.deepEqual(await app.services.settings.read(), DEFAULTS);
  }));

Deno.test("An admin changes settings by a form, and each change is in the audit log", () =>
  company(async (app) => {
    const before = await app.services.settings.read();
    assert.deepEqual(before, DEFAULTS);
    const saved = await post(app, "ad", FORM);
    assert.equal(saved.status, 303, await saved.text());
    const location = saved.headers.get("location") ?? "";
    const page = await app.as("ad").fetch(location);
    const html = await page.text();
    assert.match(html, /data-testid="settings-saved"/);
    assert.match(html, /管理<\/bdi> \d+月\d+日/);
    assert.match(html, /城 西 店 D1/);
    assert.doesNotMatch(html, /<script(?! src="\/sandbox)/, "no script");
    const now = await app.services.settings.read();
    assert.deepEqual(now, {
      welcome: "您好，{customerName}！\n我是{designerName}",
      secondColleague: "p1",
      storeColleagues: { "滨江店": "d2", "城 西 店": "D1" },
      reminders: true,
    });
    const { reminders: _, ...off } = FORM;
    const again = await post(app, "ad", off);
    assert.equal(again.status, 303);
    await again.body?.cancel();
    const rows = await app.services.sql<
      { actor: string; detail: Record<string, unknown> }[]
    >`
      select actor, detail from audit_log
      where action = 'settings.save' order by audit_id`;
    assert.deepEqual(rows.map(({ actor, detail }) => [actor, detail.name]), [
      ["ad", "welcome"],
      ["ad", "secondColleague"],
      ["ad", "storeColleagues"],
      ["ad", "reminders"],
    ]);
    assert.deepEqual(rows[3]?.detail, {
      name: "reminders",
      from: true,
      to: false,
    });
    assert.equal((await app.services.settings.read()).reminders, false);
  }));

Deno.test("What is wrong is said beside its field, with what was typed, and nothing is saved", () =>
  company(async (app) => {
    const wrong: [keyof typeof FORM, string, RegExp][] = [
      ["welcome", "{name}您好", /不认识 \{name\}/],
      ["welcome", "", /不能为空/],
      ["welcome", "长".repeat(1_001), /最多 1000 个字/],
      ["secondColleague", "nobody", /没有账号为 nobody 的在职员工/],
      ["secondColleague", "吴经理", /不是企业微信账号/],
      ["storeColleagues", "滨江店", /看不懂「滨江店」/],
      ["storeColleagues", "滨江店 nobody", /没有账号为 nobody/],
    ];
    for (const [name, value, told] of wrong) {
      const answer = await post(app, "ad", { ...FORM, [name]: value });
      const html = await answer.text();
      assert.equal(answer.status, 400, `${name} ${value}`);
      const field = html.split(`data-testid="setting-${name}"`)[1] ?? "";
      assert.match(field.split("</section>")[0] ?? "", told);
      assert.ok(html.includes(value), "what was typed stays");
    }
    const nul = await post(app, "ad", { ...FORM, welcome: "a\0b" });
    assert.equal(nul.status, 400);
    await nul.body?.cancel();
    const foreign = await post(app, "ad", FORM, "https://evil.example");
    assert.equal(foreign.status, 403);
    await foreign.body?.cancel();
    assert.deepEqual(await app.services.settings.read(), DEFAULTS);
  }));

Deno.test("Reading costs one statement in some seconds, however many ask", () =>
  withDatabase(async ({ sql }) => {
    let [time, asked] = [0, 0];
    const counted = new Proxy(sql, {
      apply(target, self, args) {
        asked++;
        return Reflect.apply(target, self, args);
      },
    });
    const log = () => {};
    const [one, two] = [counted, sql].map((sql) =>
      createSettings({ sql, now: () => time, log })
    );
    assert.ok(one && two);
    await Promise.all(Array.from({ length: 50 }, () => one.read()));
    await one.read();
    assert.equal(asked, 1);
    // Another process changes something.
    const off = { ...DEFAULTS, reminders: false };
    await two.save(off, "ad", () => Promise.resolve());
    time += 4_999;
    assert.equal((await one.read()).reminders, true);
    time += 1;
    assert.equal((await one.read()).reminders, false);
    assert.equal(asked, 2);
  }));

Deno.test("A row that no schema knows any more is as if it were not there", () =>
  withDatabase(async ({ sql }) => {
    await sql`
      insert into company_setting (name, value, changed_by, changed_at) values
        ('reminders', '"sometimes"', 'ad', now()),
        ('of_a_later_release', '1', 'ad', now()),
        ('secondColleague', '"p1"', 'ad', now())`;
    const told: string[] = [];
    const settings = createSettings({
      sql,
      now: Date.now,
      log: (_, event) => void told.push(event),
    });
    assert.deepEqual(await settings.read(), {
      ...DEFAULTS,
      secondColleague: "p1",
    });
    assert.deepEqual(told, ["settings.unreadable"]);
  }));

Deno.test("The welcome names the order's people as they are, and no store where there is none", () => {
  const names = {
    customerName: "{storeName}$&",
    designerName: "陈设计",
    storeName: "滨江店",
  };
  const { welcome } = DEFAULTS;
  assert.ok(SETTINGS.welcome.safeParse(welcome).success);
  assert.match(
    welcomeFor({ welcome }, names),
    /^\{storeName\}\$&您好，我是滨江店的设计师陈设计。/,
  );
  assert.match(
    welcomeFor({ welcome }, { ...names, storeName: null }),
    /您好，我是设计师陈设计。/,
  );
});

Deno.test("A store without a colleague of its own has the company's", () => {
  const values = { secondColleague: "p1", storeColleagues: { 滨江店: "d2" } };
  assert.equal(secondColleagueOf(values, "滨江店"), "d2");
  assert.equal(secondColleagueOf(values, "城西店"), "p1");
  assert.equal(secondColleagueOf(values, "constructor"), "p1");
  assert.equal(secondColleagueOf(values, null), "p1");
  assert.equal(secondColleagueOf(DEFAULTS, "滨江店"), null);
});
