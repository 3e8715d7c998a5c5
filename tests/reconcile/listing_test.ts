/**
 * Listing the owners' groups in slices and pages: what is planned, what a cut
 * leaves, and what an answer in the middle of the pages must not do.
 */
import assert from "node:assert/strict";
import { listGroups } from "../../lib/reconcile/list_groups.ts";
import { createRunClaims } from "../../lib/reconcile/run_claims.ts";
import { grown, pushStaff, shortPages } from "./grown.ts";
import { type Company, DAY, MINUTE, withCompany } from "./support.ts";

const LIST = "externalcontact/groupchat/list";
const GET = "externalcontact/groupchat/get";

interface Asked {
  owners: string[];
  cursor: string;
}

/** Sees each listing that is asked for, and may answer it instead. */
function watchLists(
  { sandbox }: Company,
  answer: (asked: Asked, turn: number) => Response | undefined = () =>
    undefined,
): Asked[] {
  const asked: Asked[] = [];
  const { api } = sandbox;
  Object.assign(sandbox, {
    async api(request: Request) {
      if (!request.url.includes(LIST)) return await api(request);
      const body = await request.clone().json();
      const list = {
        owners: body.owner_filter?.userid_list ?? [],
        cursor: body.cursor,
      };
      asked.push(list);
      return answer(list, asked.length) ?? await api(request);
    },
  });
  return asked;
}

const refuse = (errcode: number) =>
  Response.json({ errcode, errmsg: "no", group_chat_list: [] });
const page = (next_cursor: string) =>
  Response.json({ errcode: 0, errmsg: "ok", group_chat_list: [], next_cursor });

async function count(
  { services: { sql } }: Company,
  condition: string,
): Promise<number> {
  const [row] = await sql.unsafe<{ n: number }[]>(
    `select count(*)::int as n from chat where ${condition}`,
  );
  return row?.n ?? -1;
}

async function run({ services }: Company) {
  const report = await services.reconciler.run("demand");
  assert.ok(report);
  return report;
}

Deno.test("a plan that the database cut in the middle is made again, and nobody's groups are left out", async () => {
  await withCompany(grown(130, 1), async (company) => {
    const { services: { sql }, clock } = company;
    await pushStaff(company);
    await sql.unsafe(`
      create function cut() returns trigger language plpgsql as $$
      begin
        raise exception 'terminating connection' using errcode = '57P01';
      end $$;
      create trigger cut before insert on reconcile_slice
        for each row when (new.slice = '0001') execute function cut();`);
    assert.equal((await run(company)).state, "cut");
    await sql`drop trigger cut on reconcile_slice`;
    clock.now += MINUTE;
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.owners, 130);
    assert.equal(report.counts.listed, 130);
    assert.equal(report.calls[LIST], 2);
  });
});

Deno.test("a saved cursor that means nothing any more is dropped, and the slice listed from its start", async () => {
  await withCompany(grown(2, 6), async (company) => {
    const { clock, services: { sql } } = company;
    await pushStaff(company);
    shortPages(company);
    const asked = watchLists(
      company,
      (_, turn) => turn === 2 ? refuse(45009) : undefined,
    );
    assert.equal((await run(company)).state, "cut");
    await sql`update reconcile_slice set next_cursor = 'of another time'`;
    clock.now += MINUTE;
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.listed, 12);
    assert.deepEqual(asked.slice(2, 4).map(({ cursor }) => cursor), [
      "of another time",
      "",
    ]);
    assert.deepEqual(report.errors, { [`${LIST} 45009`]: 1 });
  });
});

Deno.test("a saved cursor outlives a WeCom that is busy, and is used with the owners it belongs to", async () => {
  await withCompany(grown(2, 6), async (company) => {
    const { clock, services, sandbox } = company;
    await pushStaff(company);
    shortPages(company);
    const asked = watchLists(company, (_, turn) => {
      if (turn === 2) return refuse(45009);
      // The client itself tries four times.
      return turn >= 3 && turn <= 6 ? refuse(-1) : undefined;
    });
    assert.equal((await run(company)).state, "cut");
    sandbox.world.staffJoins({ userId: "d0000", name: "新来的" });
    await services.staff.upsert({
      staff: [{ wxUserId: "d0000", name: "新来的", role: "designer" }],
    });
    clock.now += MINUTE;
    assert.equal((await run(company)).state, "cut");
    clock.now += MINUTE;
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.listed, 12);
    const second = asked[1]?.cursor;
    assert.ok(second);
    assert.ok(asked.slice(1).every(({ cursor }) => cursor === second));
    for (const { owners } of asked) {
      assert.deepEqual(owners, ["d0001", "d0002"]);
    }
  });
});

Deno.test("a listing whose cursors go in a circle ends, whether it was begun or resumed", async () => {
  await withCompany(grown(2, 3), async (company) => {
    const { clock } = company;
    await pushStaff(company);
    let circling = true;
    const asked = watchLists(
      company,
      ({ cursor }) =>
        circling ? page(cursor === "left" ? "right" : "left") : undefined,
    );
    const cut = await run(company);
    assert.equal(cut.state, "cut");
    assert.equal(cut.errors[`${LIST} garbage`], 1);
    assert.equal(asked.length, 3);
    clock.now += MINUTE;
    assert.equal((await run(company)).state, "cut");
    assert.ok(asked.length <= 9, String(asked.length));
    circling = false;
    clock.now += MINUTE;
    const done = await run(company);
    assert.equal(done.state, "done");
    assert.equal(done.counts.added, 6);
    assert.equal(done.counts.dismissed, 0);
  });
});

Deno.test("a worker killed between two pages dismisses nothing; whoever takes over asks for the second one", async () => {
  await withCompany(grown(2, 6), async (company) => {
    const { clock, services: { sql, wecom }, sandbox } = company;
    await pushStaff(company);
    shortPages(company);
    await run(company);
    const gone = [...sandbox.world.state.chats.values()].at(-1)?.chatId ?? "";
    sandbox.world.chatDismissed({ chatId: gone });
    clock.now += DAY;
    const killed = await createRunClaims({
      sql,
      now: () => clock.now,
      uuid: () => "killed",
    }).claim("nightly");
    assert.ok(killed);
    const asked = watchLists(company);
    const dying: typeof wecom = {
      ...wecom,
      call(endpoint, input, options) {
        if (asked.length === 1) throw new Error("killed");
        return wecom.call(endpoint, input, options);
      },
    };
    const { signal } = new AbortController();
    const listing = listGroups({ sql, wecom: dying, run: killed, signal });
    await assert.rejects(listing, /killed/);
    assert.equal(await count(company, "dismissed_at is not null"), 0);
    clock.now += 2 * MINUTE;
    const report = await run(company);
    assert.equal(report.runId, killed.runId);
    assert.equal(report.counts.dismissed, 1);
    assert.deepEqual(asked.map(({ cursor }) => cursor === ""), [true, false]);
  });
});

for (const code of [40014, 45033, -1]) {
  Deno.test(`${code} in the middle of the pages dismisses nothing, and what came is kept`, async () => {
    await withCompany(grown(2, 6), async (company) => {
      const { clock, sandbox } = company;
      await pushStaff(company);
      shortPages(company);
      await run(company);
      const gone = [...sandbox.world.state.chats.values()].at(-1)?.chatId ?? "";
      sandbox.world.chatDismissed({ chatId: gone });
      clock.now += DAY;
      let failing = true;
      watchLists(
        company,
        ({ cursor }) => failing && cursor !== "" ? refuse(code) : undefined,
      );
      const gets = sandbox.world.calls.count(GET);
      const cut = await run(company);
      assert.equal(cut.state, "cut");
      assert.equal(cut.errors[`${LIST} ${code}`], 1);
      assert.equal(cut.counts.dismissed, 0);
      assert.equal(sandbox.world.calls.count(GET), gets);
      assert.equal(await count(company, "dismissed_at is not null"), 0);
      failing = false;
      clock.now += MINUTE;
      const done = await run(company);
      assert.equal(done.runId, cut.runId);
      assert.equal(done.counts.dismissed, 1);
      assert.equal(await count(company, "dismissed_at is not null"), 1);
    });
  });
}

Deno.test("an empty list behind an error code is no empty list", async () => {
  await withCompany(grown(2, 3), async (company) => {
    const { clock } = company;
    await pushStaff(company);
    await run(company);
    clock.now += MINUTE;
    for (const code of [48002, 60020, 45009, 99999]) {
      watchLists(company, () => refuse(code));
      const report = await run(company);
      assert.notEqual(report.state, "done", String(code));
      assert.equal(report.counts.fetched, 0);
    }
    assert.equal(await count(company, "dismissed_at is not null"), 0);
  });
});

Deno.test("a group that a complete listing lacks is believed gone only when WeCom says so of itself", async () => {
  await withCompany(grown(2, 3), async (company) => {
    const { clock, sandbox } = company;
    await pushStaff(company);
    await run(company);
    clock.now += MINUTE;
    // Complete, and without a single group: it lags, or a page moved.
    watchLists(company, () => page(""));
    const lagging = await run(company);
    assert.equal(lagging.state, "done");
    assert.equal(lagging.counts.unchanged, 6);
    assert.equal(await count(company, "dismissed_at is not null"), 0);
    const [one, two, three] = [...sandbox.world.state.chats.values()];
    clock.now += MINUTE;
    const { api } = sandbox;
    const codes = new Map([[one?.chatId, 40050], [two?.chatId, 90501], [
      three?.chatId,
      60011,
    ]]);
    Object.assign(sandbox, {
      async api(request: Request) {
        if (!request.url.includes(GET)) return await api(request);
        const code = codes.get((await request.clone().json()).chat_id);
        return code === undefined ? await api(request) : refuse(code);
      },
    });
    const report = await run(company);
    assert.equal(report.counts.dismissed, 2);
    assert.equal(report.errors[`${GET} 60011`], 1);
    assert.equal(
      await count(company, `dismissed_at is null`),
      4,
      "60011 says nothing about the group",
    );
  });
});

Deno.test("a group that moves to an owner of a later slice, or of one already listed, stays", async () => {
  await withCompany(grown(130, 1), async (company) => {
    const { clock, sandbox } = company;
    await pushStaff(company);
    await run(company);
    clock.now += MINUTE;
    const { world } = sandbox;
    world.settings.lagMs = 0;
    const move = (from: string, to: string) => {
      const chat = [...world.state.chats.values()].find((one) =>
        one.owner === from
      );
      const chatId = chat?.chatId ?? "";
      world.staffAddsMembers({ chatId, userId: from, userIds: [to] });
      world.ownerChanged({ chatId, owner: to });
    };
    watchLists(company, (_, turn) => {
      // Between the slices: one goes back, one goes ahead.
      if (turn === 2) {
        move("d0130", "d0001");
        move("d0002", "d0129");
      }
      return undefined;
    });
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.dismissed, 0);
    assert.equal(await count(company, "dismissed_at is null"), 130);
    assert.equal(await count(company, "owner in ('d0001', 'd0129')"), 4);
  });
});

Deno.test("an owner's status is cleared once WeCom lists the group as usual again", async () => {
  await withCompany(grown(1, 2), async (company) => {
    const { clock, sandbox } = company;
    await pushStaff(company);
    const chats = [...sandbox.world.state.chats.values()].map((one) =>
      one.chatId
    );
    let status = 0;
    watchLists(company, () =>
      Response.json({
        errcode: 0,
        group_chat_list: chats.map((chat_id) => ({ chat_id, status })),
      }));
    const seen: number[] = [];
    for (status of [0, 1, 2, 3, 0]) {
      clock.now += MINUTE;
      const report = await run(company);
      assert.equal(report.counts.dismissed, 0);
      const name = ["normal", "owner_left", "transferring", "transferred"][
        status
      ];
      seen.push(await count(company, `owner_status = '${name}'`));
    }
    assert.deepEqual(seen, [2, 2, 2, 2, 2]);
  });
});

for (const code of [40003, 60011, 60111, 84074, 40058]) {
  Deno.test(`one owner whom WeCom answers with ${code} spoils nobody else's listing`, async () => {
    await withCompany(grown(6, 1), async (company) => {
      const { services, clock } = company;
      await pushStaff(company);
      await run(company);
      // Of a member who may, and of one whose id the ERP wrote wrongly.
      await services.staff.upsert({
        staff: [{ wxUserId: "d 0", name: "笔误", role: "designer" }],
      });
      const asked = watchLists(
        company,
        ({ owners }) =>
          owners.some((owner) => owner === "d 0" || owner === "d0003")
            ? refuse(code)
            : undefined,
      );
      clock.now += DAY;
      const report = await run(company);
      assert.equal(report.state, "done");
      assert.equal(report.counts.listed, 5);
      assert.equal(report.counts.dismissed, 0);
      assert.deepEqual(report.errors, { [`${LIST} ${code}`]: 1 });
      assert.equal(await count(company, "dismissed_at is null"), 6);
      assert.ok(asked.every(({ owners }) => owners.length <= 100));
    });
  });
}
