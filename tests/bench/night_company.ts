/**
 * A large company by formula, for the night: SQL fills the mirror with it, and a
 * WeCom in the wire format (92571, 92994, 92120, 92122) answers the same, at
 * once, without a list of anything.
 */
import type { Sql } from "../../lib/store/database.ts";
import type { Vault } from "../../lib/store/vault.ts";

export interface Company {
  people: number;
  /** Of each person. */
  contacts: number;
  /** Of each person. */
  groups: number;
}

const BASE = Date.UTC(2025, 0, 1) / 1000;
const CUSTOMERS = 2;
/** Of a statement that fills a table. */
const ROWS = 10_000;

const person = (n: number) => `p${String(n).padStart(6, "0")}`;
const numberOf = (id: string) => Number(/\d+$/.exec(id)?.[0] ?? "0");
const customer = (n: number) => `wmNight${String(n).padStart(15, "0")}`;
const group = (n: number) => `wrNight${String(n).padStart(15, "0")}`;
const mobile = (n: number) => String(13_000_000_000 + n);

/** How often each API was called, and the most in a minute. */
export interface Heard {
  calls: Map<string, number>;
  all(): number;
  mostAMinute(): number;
}

export function createStandIn(company: Company): {
  fetch: typeof fetch;
  heard: Heard;
} {
  const times = new Map<string, number[]>();
  const calls = new Map<string, number>();
  let all = 0;
  let most = 0;
  function hear(api: string) {
    all += 1;
    calls.set(api, (calls.get(api) ?? 0) + 1);
    const recent = times.get(api) ?? [];
    times.set(api, recent);
    const at = performance.now();
    recent.push(at);
    while ((recent[0] ?? at) < at - 60_000) recent.shift();
    most = Math.max(most, recent.length);
  }
  return {
    heard: { calls, all: () => all, mostAMinute: () => most },
    async fetch(input, init) {
      const request = new Request(input, init);
      const api = new URL(request.url).pathname.replace("/cgi-bin/", "");
      hear(api);
      const body = request.method === "POST" ? await request.json() : {};
      return Response.json({
        errcode: 0,
        errmsg: "ok",
        ...answer(company, api, body),
      });
    },
  };
}

interface Asked {
  userid_list?: string[];
  owner_filter?: { userid_list: string[] };
  cursor?: string;
  limit?: number;
  chat_id?: string;
}

function answer(company: Company, api: string, asked: Asked) {
  switch (api) {
    case "gettoken":
      return { access_token: "token-of-the-night", expires_in: 7_200 };
    case "externalcontact/get_follow_user_list":
      return { follow_user: upTo(company.people).map(person) };
    case "externalcontact/batch/get_by_user":
      return page(asked, asked.userid_list, company.contacts, "", contactOf);
    case "externalcontact/groupchat/list":
      return page(
        asked,
        asked.owner_filter?.userid_list,
        company.groups,
        "group_chat_list",
        (_, n) => ({ chat_id: group(n), status: 0 }),
      );
    case "externalcontact/groupchat/get":
      return { group_chat: groupOf(company, numberOf(asked.chat_id ?? "")) };
    default:
      throw new Error(`The night does not ask ${api}`);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The rows of several people behind each other; a cursor is a place in them. */
function page<T>(
  { cursor, limit = 100 }: Asked,
  people: string[] = [],
  each: number,
  name: string,
  row: (person: string, n: number) => T,
) {
  const from = Number(cursor || "0");
  const to = Math.min(people.length * each, from + limit);
  const found = upTo(to - from).map((at) => {
    const one = people[Math.floor((from + at) / each)] ?? "";
    return row(one, numberOf(one) * each + (from + at) % each);
  });
  return {
    [name || "external_contact_list"]: found,
    next_cursor: to < people.length * each ? String(to) : "",
  };
}

function contactOf(wxUserId: string, n: number) {
  return {
    external_contact: {
      external_userid: customer(n),
      name: `客户${n}`,
      type: 1,
      avatar: "",
    },
    follow_info: {
      userid: wxUserId,
      remark: `备注${n}`,
      createtime: BASE + n,
      remark_mobiles: [mobile(n)],
      add_way: 1,
    },
  };
}

function groupOf({ groups }: Company, n: number) {
  const owner = person(Math.floor(n / groups));
  const member = (userid: string, type: number, name: string) => ({
    userid,
    type,
    join_time: BASE + n,
    join_scene: 1,
    name,
  });
  return {
    chat_id: group(n),
    name: `服务群${n}`,
    owner,
    create_time: BASE + n,
    member_version: `version${n}`,
    member_list: [
      member(owner, 1, `员工${owner}`),
      ...upTo(CUSTOMERS).map((place) =>
        member(customer(n * CUSTOMERS + place), 2, `客户${n}`)
      ),
    ],
    admin_list: [],
  };
}

/** All that the stand-in tells, as a day ago. */
export async function fill(
  sql: Sql,
  vault: Vault,
  company: Company,
  now: number,
): Promise<void> {
  const { people, contacts, groups } = company;
  const at = new Date(now - 24 * 60 * 60_000);
  const pad = (n: string, width: number) =>
    sql.unsafe(`lpad((${n})::text, ${width}, '0')`);
  const wmNight = sql`'wmNight' || ${pad("n", 15)}`;
  const wrNight = sql`'wrNight' || ${pad("n", 15)}`;
  const series = (count: number) =>
    sql`generate_series(0, ${count - 1}::int) as n`;
  const owner = (each: number) => sql`'p' || ${pad(`n / ${each}`, 6)}`;
  const time = sql`to_timestamp(${BASE}::bigint + n)`;
  await sql`
    insert into staff (wx_user_id, name, role, updated_at)
    select 'p' || ${pad("n", 6)}, '员工' || n, 'designer', ${at}
    from ${series(people)}`;
  await sql`
    insert into contact_sync (wx_user_id, run, running, next_cursor, seen,
      started_at, completed_at, total, phone_rules)
    select 'p' || ${pad("n", 6)}, 1, false, '', ${contacts}, ${at}, ${at},
      ${contacts}, 100 from ${series(people)}`;
  await sql`
    insert into contact (external_user_id, name, type, updated_at, reading)
    select ${wmNight}, '客户' || n, 'wechat', ${at}, 1
    from ${series(people * contacts)}`;
  await sql`
    insert into contact_follow (wx_user_id, external_user_id, remark, added_at,
      seen_in_run, updated_at, reading)
    select ${owner(contacts)}, ${wmNight}, '备注' || n, ${time}, 1, ${at}, 1
    from ${series(people * contacts)}`;
  for (let from = 0; from < people * contacts; from += ROWS) {
    const numbers = upTo(Math.min(ROWS, people * contacts - from))
      .map((n) => vault.index(`+86${mobile(from + n)}`));
    await sql`
      insert into contact_phone (wx_user_id, external_user_id, phone_hash,
        phone_sealed)
      select ${owner(contacts)}, ${wmNight}, hash, ${vault.prefix}
      from (select ${from}::int + place::int - 1 as n, hash
        from unnest(${numbers}::text[]) with ordinality as page (hash, place)
      ) numbers`;
  }
  await sql`
    insert into chat (chat_id, name, first_name, owner, created_at,
      member_version, synced_at, reading, first_reading)
    select ${wrNight}, '服务群' || n, '服务群' || n, ${owner(groups)}, ${time},
      'version' || n, ${at}, 1, 1 from ${series(people * groups)}`;
  await sql`
    insert into chat_member (chat_id, member_id, type, name, joined_at,
      join_scene)
    select ${wrNight}, ${owner(groups)}, 'member', '员工' || ${owner(groups)},
      ${time}, 'invited' from ${series(people * groups)}
    union all
    select ${wrNight}, 'wmNight' || ${pad(`n * ${CUSTOMERS} + place`, 15)},
      'external', '客户' || n, ${time}, 'invited'
    from ${series(people * groups)}, generate_series(0, ${
    CUSTOMERS - 1
  }) place`;
  await sql`select setval('reading', 1000)`;
}
