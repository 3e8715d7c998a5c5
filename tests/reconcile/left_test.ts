/**
 * Groups of people who left the company: whichever way WeCom shows them, they are
 * found and marked. And a listing with rows that could not be used ends nothing.
 */
import assert from "node:assert/strict";
import { grown, pushStaff } from "./grown.ts";
import { type Company, DAY, withCompany } from "./support.ts";

const LIST = "externalcontact/groupchat/list";

interface Asked {
  status_filter: number;
  owner_filter?: { userid_list: string[] };
  cursor: string;
}

type Listed = { chat_id: string; status: number }[];

/** Sees each listing, and may change what is answered. */
function watch(
  { sandbox }: Company,
  change: (asked: Asked, answer: Record<string, unknown>) => object | null,
): Asked[] {
  const seen: Asked[] = [];
  const { api } = sandbox;
  Object.assign(sandbox, {
    async api(request: Request) {
      if (!request.url.includes(LIST)) return await api(request);
      const asked: Asked = await request.clone().json();
      seen.push(asked);
      const answer = await (await api(request)).json();
      return Response.json(change(asked, answer) ?? answer);
    },
  });
  return seen;
}

async function night({ services, clock }: Company) {
  clock.now += DAY;
  const report = await services.reconciler.run("demand");
  assert.equal(report?.state, "done");
  return report;
}

async function chats({ services: { sql } }: Company) {
  const rows = await sql<
    { owner: string; ownerStatus: string; dismissed: boolean }[]
  >`
    select owner, owner_status, dismissed_at is not null as dismissed
    from chat order by owner, chat_id`;
  return [...rows];
}

const refusal = (errcode: number) => ({ errcode, errmsg: "no" });
const named = (asked: Asked, userId: string) =>
  asked.owner_filter?.userid_list.includes(userId) ?? false;

Deno.test("who left and is refused by name is found without one, and marked", async () => {
  await withCompany(grown(3, 2), async (company) => {
    const { sandbox, services } = company;
    await pushStaff(company);
    await night(company);
    sandbox.world.staffLeaves({ userId: "d0002" });
    sandbox.world.settings.departedOwners = "unnamed";
    // One group that the mirror does not have yet.
    await services.sql`
      delete from chat where chat_id in (
        select chat_id from chat where owner = 'd0002' limit 1)`;
    const asked = watch(company, () => null);
    const report = await night(company);
    assert.deepEqual(report.errors, {});
    assert.equal(asked.filter((one) => one.status_filter === 1).length, 1);
    assert.deepEqual(await chats(company), [
      { owner: "d0001", ownerStatus: "normal", dismissed: false },
      { owner: "d0001", ownerStatus: "normal", dismissed: false },
      { owner: "d0002", ownerStatus: "owner_left", dismissed: false },
      { owner: "d0002", ownerStatus: "owner_left", dismissed: false },
      { owner: "d0003", ownerStatus: "normal", dismissed: false },
      { owner: "d0003", ownerStatus: "normal", dismissed: false },
    ]);
  });
});

Deno.test("in a company too large to be listed without owners, who left is named with the status", async () => {
  await withCompany(grown(2, 1), async (company) => {
    const { sandbox } = company;
    await pushStaff(company);
    await night(company);
    sandbox.world.staffLeaves({ userId: "d0002" });
    watch(company, (asked, answer) => {
      if (asked.owner_filter === undefined) return refusal(81017);
      const refused = named(asked, "d0002") && asked.status_filter === 0;
      return refused ? refusal(40003) : answer;
    });
    const report = await night(company);
    assert.deepEqual(report.errors, {});
    assert.deepEqual((await chats(company)).map((one) => one.ownerStatus), [
      "normal",
      "owner_left",
    ]);
  });
});

Deno.test("who left and is to be had in no way is told of, and loses no group", async () => {
  await withCompany(grown(2, 1), async (company) => {
    await pushStaff(company);
    await night(company);
    watch(
      company,
      (asked, answer) =>
        asked.owner_filter === undefined
          ? refusal(81017)
          : named(asked, "d0002")
          ? refusal(40003)
          : answer,
    );
    const report = await night(company);
    assert.deepEqual(report.errors, { [`${LIST} 40003`]: 1 });
    assert.equal((await chats(company)).some((one) => one.dismissed), false);
  });
});

Deno.test("a listing with a row that cannot be used names all others, and ends no group", async () => {
  await withCompany(grown(1, 3), async (company) => {
    const { sandbox, services } = company;
    await pushStaff(company);
    await night(company);
    // Not listed, and refused when asked for: gone, if the listing were complete.
    const [lost] = await services.sql<{ chatId: string }[]>`
      select chat_id from chat order by chat_id limit 1`;
    assert.ok(lost);
    const { api } = sandbox;
    watch(company, (_, answer) => ({
      ...answer,
      group_chat_list: [
        { chat_id: "", status: 0 },
        null,
        ...(answer.group_chat_list as Listed)
          .filter((one) => one.chat_id !== lost.chatId),
      ],
    }));
    const listing = sandbox.api;
    Object.assign(sandbox, {
      async api(request: Request) {
        const body = await request.clone().text();
        return body.includes(lost.chatId)
          ? Response.json(refusal(40050))
          : await (request.url.includes(LIST) ? listing : api)(request);
      },
    });
    const report = await night(company);
    assert.equal(report.counts.listed, 2);
    assert.equal(report.counts.dismissed, 0);
    assert.equal((await chats(company)).some((one) => one.dismissed), false);
    assert.ok(services.wecom.dropped() >= 2);
  });
});
