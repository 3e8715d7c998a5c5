/** The night reads the contacts of many people in one listing. */
import assert from "node:assert/strict";
import { saveContacts } from "../../lib/contacts/mirror.ts";
import { readTogether } from "../../lib/contacts/read_together.ts";
import { beginReading, type Reading } from "../../lib/store/reading.ts";
import type { Sql } from "../../lib/store/database.ts";
import { userKey } from "../../lib/staff/user_id.ts";
import { seededRandom } from "../../lib/sandbox/ids.ts";
import type { FollowedContact, WecomClient } from "../../lib/wecom/mod.ts";
import { grown, pushStaff } from "../reconcile/grown.ts";
import { type Company, DAY, withCompany } from "../reconcile/support.ts";

const BATCH = "externalcontact/batch/get_by_user";

async function night({ services }: Company) {
  const report = await services.reconciler.run("nightly");
  assert.equal(report?.state, "done");
  return report;
}

async function places(sql: Sql): Promise<unknown> {
  return await sql`
    select ctid::text, xmax::text from contact_follow
    union all select ctid::text, xmax::text from contact
    union all select ctid::text, xmax::text from contact_phone`;
}

Deno.test("the contacts of twelve people who were read before cost one call, and no row is written", async () => {
  await withCompany(grown(12, 0), async (company) => {
    const { services: { sql }, clock } = company;
    await pushStaff(company);
    const first = await night(company);
    assert.equal(
      first.calls[BATCH],
      12,
      "first listings are each person's own",
    );
    const before = await places(sql);
    for (let n = 0; n < 2; n++) {
      clock.now += DAY;
      const { calls, counts, errors } = await night(company);
      assert.deepEqual(errors, {});
      assert.equal(calls[BATCH], 1);
      assert.deepEqual([counts.people, counts.contacts], [12, 12]);
    }
    assert.deepEqual(await places(sql), before);
    const [row] = await sql<{ fresh: number }[]>`
      select count(*)::int as fresh from contact_sync
      where completed_at = ${new Date(clock.now)} and total = 1`;
    assert.equal(row?.fresh, 12);
  });
});

Deno.test("of a person who has a listing to themselves no row is written either", async () => {
  await withCompany(grown(1, 0), async (company) => {
    const { services: { sql }, clock } = company;
    await pushStaff(company);
    await night(company);
    const before = await places(sql);
    clock.now += DAY;
    const { calls, counts, errors } = await night(company);
    assert.deepEqual(errors, {});
    assert.equal(calls[BATCH], 1);
    assert.deepEqual([counts.people, counts.contacts], [1, 1]);
    assert.deepEqual(await places(sql), before);
  });
});

Deno.test("what changed without an event is written, and who lost a contact is read alone before it is ended", async () => {
  await withCompany(grown(6, 0), async (company) => {
    const { services: { sql }, sandbox: { world }, clock } = company;
    await pushStaff(company);
    await night(company);
    const [first = "", second = ""] = [...world.state.customers.keys()];
    world.staffEditsRemark({
      userId: "d0001",
      externalUserId: first,
      remark: "新备注",
    });
    world.staffDeletesContact({ userId: "d0002", externalUserId: second });
    const third = world.customerAppears({ name: "新客户" });
    world.staffAddsContact({ userId: "d0003", externalUserId: third });
    clock.now += DAY;
    const { calls, counts } = await night(company);
    assert.equal(calls[BATCH], 2, "one for all, one for d0002");
    assert.equal(counts.people, 6);
    const rows = await sql<{ id: string; remark: string; over: boolean }[]>`
      select wx_user_id as id, remark, deleted_at is not null as over
      from contact_follow
      where external_user_id = any(${[first, second, third]}::text[])
      order by wx_user_id`;
    assert.deepEqual([...rows], [
      { id: "d0001", remark: "新备注", over: false },
      { id: "d0002", remark: "客户2", over: true },
      { id: "d0003", remark: "新客户", over: false },
    ]);
  });
});

Deno.test("somebody whom WeCom refuses keeps nobody else's contacts from being read", async () => {
  await withCompany(grown(9, 0), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    await night(company);
    clock.now += DAY;
    // Still among those who may have customers, and unknown to the listing.
    const { api } = sandbox;
    Object.assign(sandbox, {
      async api(request: Request) {
        if (!request.url.includes(BATCH)) return await api(request);
        const { userid_list } = await request.clone().json();
        return userid_list.includes("d0004")
          ? Response.json({ errcode: 40003, errmsg: "invalid userid" })
          : await api(request);
      },
    });
    const { counts, errors } = await night(company);
    assert.equal(counts.people, 8);
    assert.deepEqual(errors, { [`${BATCH} 40003`]: 1 });
    const [row] = await services.sql<{ n: number }[]>`
      select count(*)::int as n from contact_follow where deleted_at is null`;
    assert.equal(row?.n, 9, "nothing is concluded about the contacts");
  });
});

/** What one of two people keeps about one of two contacts. */
interface Relation {
  remark: string;
  mobile: string;
}

const PEOPLE = ["p1", "p2"];
const CONTACTS = ["wm1", "wm2"];

Deno.test("a row that names nobody has hardly anybody else's rows written anew", async () => {
  await withCompany(grown(9, 0), async (company) => {
    const { services: { sql }, sandbox, clock } = company;
    await pushStaff(company);
    await night(company);
    // Who shares the last half with that person is read alone as well.
    const others = () =>
      sql`
        select wx_user_id, ctid::text, xmax::text from contact_follow
        where wx_user_id not in ('d0004', 'd0005')`;
    const before = await others();
    clock.now += DAY;
    const { api } = sandbox;
    Object.assign(sandbox, {
      async api(request: Request) {
        const answer = await api(request);
        if (!request.url.includes(BATCH)) return answer;
        const text = await answer.text();
        return new Response(text.replace('"userid":"d0004",', ""));
      },
    });
    const { calls, counts, errors } = await night(company);
    assert.deepEqual(errors, {});
    assert.equal(counts.people, 9);
    assert.deepEqual(await others(), before);
    assert.ok((calls[BATCH] ?? 0) < 9, `${calls[BATCH]} calls`);
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from contact_follow where deleted_at is null`;
    assert.equal(row?.n, 9);
  });
});

Deno.test("whichever answers cross: no relation goes back behind what was written or confirmed", async () => {
  await withCompany(grown(0, 0), async ({ services }) => {
    const { sql, vault, wecom } = services;
    const random = seededRandom(5);
    const pick = <T>(from: readonly T[]): T =>
      from[Math.floor(random() * from.length)] as T;
    const now = () => Date.UTC(2026, 10, 20);
    const truth = new Map<string, Relation>();
    const keys = PEOPLE.flatMap((who) => CONTACTS.map((id) => `${who} ${id}`));
    const change = (key: string) =>
      truth.set(key, {
        remark: pick(["甲", "乙"]),
        mobile: pick(["13800000001", "13800000002"]),
      });
    keys.forEach(change);
    const told = (key: string) => ({ ...truth.get(key) as Relation });
    /** What the mirror must show: the latest reading that came. */
    const shown = new Map<string, { number: number; one: Relation }>();
    const came = (key: string, number: number, one: Relation) => {
      if (number > (shown.get(key)?.number ?? 0)) {
        shown.set(key, { number, one });
      }
    };
    const asked: { key: string; reading: Reading; one: Relation }[] = [];
    /** What the pages of the listing under way showed. */
    const page: { key: string; number: number; one: Relation }[] = [];
    let overtaken = 0;

    async function arrive() {
      const single = pick(asked);
      if (!single) return;
      asked.splice(asked.indexOf(single), 1);
      await settlePages();
      const { key, reading, one } = single;
      const kept = await sql.begin((sql) =>
        saveContacts(sql, vault, [followed(key, one)], { run: null, reading })
      );
      if (kept) came(key, reading.number, one);
      else overtaken++;
      await check();
    }
    async function live() {
      for (let n = Math.floor(random() * 4); n > 0; n--) {
        if (random() < 0.3) change(pick(keys));
        if (random() < 0.6) {
          const key = pick(keys);
          const reading = await beginReading(sql, now);
          asked.push({ key, reading, one: told(key) });
        } else await arrive();
      }
    }
    /** What a page of the listing under way has written. */
    async function settlePages() {
      for (const { key, number, one } of page) {
        if (await readingOf(sql, key) === number) came(key, number, one);
      }
    }
    async function check() {
      await settlePages();
      const rows = await sql<{ key: string; remark: string; hash: string }[]>`
        select wx_user_id || ' ' || external_user_id as key, remark, phone_hash
          as hash
        from contact_follow join contact_phone
          using (wx_user_id, external_user_id)
        where deleted_at is null`;
      for (const [key, { one }] of shown) {
        const own = rows.filter((row) => row.key === key);
        assert.deepEqual(
          own.map(({ remark, hash }) => [remark, hash]),
          [[one.remark, vault.index(`+86${one.mobile}`)]],
          key,
        );
      }
    }
    /** One contact a page; people live between question and answer. */
    const slow: WecomClient = {
      ...wecom,
      async call(endpoint, input) {
        const body = endpoint.body?.(input) as { cursor: string };
        const at = Number(body.cursor || "0");
        const key = keys[at] ?? "";
        const [number] = await sql<{ n: string }[]>`
          select last_value as n from reading`;
        await live();
        const one = told(key);
        page.push({ key, number: Number(number?.n), one });
        await live();
        return endpoint.answer.parse({
          external_contact_list: [wireOf(key, one)],
          next_cursor: at + 1 < keys.length ? String(at + 1) : "",
        });
      },
    };
    for (const key of keys) {
      const reading = await beginReading(sql, now);
      const one = told(key);
      await sql.begin((sql) =>
        saveContacts(sql, vault, [followed(key, one)], { run: 1, reading })
      );
      came(key, reading.number, one);
    }
    await sql`
      insert into contact_sync (wx_user_id, run, running, next_cursor, seen,
        started_at, completed_at, total)
      select id, 1, false, '', 2, now(), now(), 2
      from unnest(${PEOPLE}::text[]) as id`;
    let confirmed = 0;
    for (let turn = 0; turn < 60; turn++) {
      page.length = 0;
      // Few singles in some turns, so that a listing is confirmed now and then.
      if (random() < 0.5) asked.length = 0;
      const { read, alone } = await readTogether({
        sql,
        vault,
        wecom: slow,
        now,
        signal: new AbortController().signal,
      }, PEOPLE);
      assert.equal(read.size + alone.length, 2);
      confirmed += read.size;
      for (const { key, number, one } of page) {
        if (read.has(userKey(key.split(" ")[0] ?? ""))) came(key, number, one);
      }
      await check();
      await live();
    }
    assert.ok(confirmed > 5 && overtaken > 5, `${confirmed}, ${overtaken}`);
  });
});

async function readingOf(sql: Sql, key: string): Promise<number> {
  const [row] = await sql<{ reading: string }[]>`
    select reading from contact_follow
    where wx_user_id || ' ' || external_user_id = ${key}`;
  return Number(row?.reading);
}

function followed(key: string, { remark, mobile }: Relation): FollowedContact {
  const [wxUserId = "", externalUserId = ""] = key.split(" ");
  return {
    contact: {
      externalUserId,
      name: externalUserId,
      avatar: null,
      type: "wechat",
      corpName: null,
    },
    followUser: {
      wxUserId,
      remark,
      description: "",
      remarkMobiles: [mobile],
      addedAt: Date.UTC(2026, 10, 1),
      addWay: null,
      state: null,
    },
  };
}

function wireOf(key: string, { remark, mobile }: Relation) {
  const [userid, external_userid] = key.split(" ");
  return {
    external_contact: { external_userid, name: external_userid, type: 1 },
    follow_info: {
      userid,
      remark,
      remark_mobiles: [mobile],
      createtime: Date.UTC(2026, 10, 1) / 1000,
    },
  };
}
