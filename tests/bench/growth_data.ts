/**
 * A company of any size, written by SQL: so many orders and contacts, a tenth as
 * many groups, and what belongs to them. Some people have the same share at each
 * size, so that what grows is the company and not their own work. Rows of the
 * tables come first and their indexes after, as a restore does it.
 */
import { Secret } from "../../lib/config/secret.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault } from "../../lib/store/vault.ts";

export const DATA_KEY = "data-key-of-the-bench-0123456789abcdef";

/** Of a designer whose own orders and contacts do not grow. */
export const FEW = { wxUserId: "few", orders: 30 } as const;
/** Has one order in a hundred. */
export const MANY = "many";
/** Follows this many contacts, or all that there are. */
export const FOLLOWER = { wxUserId: "follower", contacts: 20_000 } as const;
export const OPERATOR = "op";
/** Orders and contacts of each of the other designers. */
const SHARE = 500;

/** Given names and surnames make thousands of names, as unevenly as in life. */
const SURNAMES =
  "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎";
const GIVEN =
  "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉力新波玲凤华红丹彬梅琳国建春晨宇浩佳欣怡雪婷慧颖倩";
const PLACES = "东西南北中上下前后左右金银江河湖海山川城";

/**
 * Found as often at each size: as the name of the customers of who has few, and of
 * five contacts of the follower who have no number.
 */
export const SAME = "龚鹭";
const SAME_CONTACTS = { until: 500, every: 100 } as const;

/** The name that order and contact `n` have. */
const named = `
  substr('${SURNAMES}', 1 + (h % 50)::int, 1)
    || substr('${GIVEN}', 1 + (h / 50 % 50)::int, 1)
    || case when h % 3 = 0 then ''
       else substr('${GIVEN}', 1 + (h / 2500 % 50)::int, 1) end`;

const rows = (size: number) =>
  `(
  select n, abs(hashint4(n)::bigint) as h, 'd' || n % ${designers(size)} as who
  from generate_series(1, ${size}) as n)`;

function designers(size: number): number {
  return Math.max(2, size / SHARE);
}

/** As people ask for them: order `n` has the last digits of `n`. */
const ENDS = 10_000;
export const endOf = (n: number) => String(n % ENDS).padStart(4, "0");

/** Fills a migrated, empty database. */
export async function fillCompany(sql: Sql, size: number): Promise<void> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace and not i.indisunique`;
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`);
  await sql.begin(async (sql) => {
    // Neither triggers nor foreign keys: what is written here agrees.
    await sql`set local session_replication_role = replica`;
    const vault = createVault(new Secret(DATA_KEY));
    const ends = Array.from(
      { length: ENDS },
      (_, n) => vault.endIndex(endOf(n)),
    );
    await sql`
      create temporary table number_end on commit drop as
      select ordinality - 1 as n, hash
      from unnest(${ends}::text[]) with ordinality as one (hash)`;
    for (const statement of statements(size)) await sql.unsafe(statement);
  });
  for (const { definition } of indexes) await sql.unsafe(definition);
  await sql.unsafe("vacuum analyze");
}

function statements(size: number): string[] {
  const groups = Math.floor(size / 10);
  const every = Math.floor(size / FEW.orders);
  return [
    `insert into staff (wx_user_id, name, role, updated_at)
     select id, id, role, now() from (
       select 'd' || n as id, 'designer' as role
       from generate_series(0, ${designers(size) - 1}) as n
       union all values ('${FEW.wxUserId}', 'designer'),
         ('${MANY}', 'designer'), ('${FOLLOWER.wxUserId}', 'designer'),
         ('manager', 'project_manager'), ('${OPERATOR}', 'operator')) person`,
    `insert into customer_order (order_id, order_no, customer_name, phone_sealed,
       phone_hashes, phone_ends, phone_rules, designer_wx_user_id,
       project_manager_wx_user_id, store_name, created_at, updated_at)
     select 'o' || one.n, 'HT' || lpad(one.n::text, 8, '0'),
       case when one.n % ${every} = 0 then '${SAME}' else ${named} end, '',
       array[md5(one.n::text)], array[hash], 1,
       case when one.n % ${every} = 0 then '${FEW.wxUserId}'
         when one.n % 100 = 7 then '${MANY}' else who end,
       'manager',
       substr('${PLACES}', 1 + (h / 7 % 20)::int, 1)
         || substr('${PLACES}', 1 + (h / 140 % 10)::int, 1) || '店',
       timestamptz '2024-01-01Z' + one.n * interval '1 minute', now()
     from ${rows(size)} one join number_end on number_end.n = one.n % ${ENDS}`,
    `insert into contact (external_user_id, name, type, updated_at)
     select 'wm' || n, case when n <= ${SAME_CONTACTS.until}
         and n % ${SAME_CONTACTS.every} = 0 then '${SAME}' else ${named} end,
       'wechat', now() from ${rows(size)} one`,
    `insert into contact_follow (wx_user_id, external_user_id, remark, added_at,
       seen_in_run, updated_at)
     select who, 'wm' || n, case when h % 5 = 0 then ${named} else '' end,
       timestamptz '2024-01-01Z' + n * interval '1 minute', 1, now()
     from (
       select n, h, who from ${rows(size)} one
       union all
       select n, h, '${FOLLOWER.wxUserId}' from ${rows(size)} one
       where n <= ${FOLLOWER.contacts}
       union all
       select n, h, '${FEW.wxUserId}' from ${rows(size)} one
       where n % ${every} = 0) follow`,
    `insert into contact_phone (wx_user_id, external_user_id, phone_hash,
       phone_sealed)
     select who, 'wm' || n, md5(n::text), '' from (
       select n, who from ${rows(size)} one where n % 10 > 0
       union all
       select n, '${FEW.wxUserId}' from ${rows(size)} one
       where n % ${every} = 0) numbered`,
    `insert into contact_sync (wx_user_id, run, running, next_cursor, seen,
       started_at, completed_at, total)
     select wx_user_id, 1, false, '', 300, now(), now() + interval '1 day', 300
     from staff`,
    `insert into chat (chat_id, order_id, name, owner, created_at, bound_at,
       synced_at)
     select 'wr' || o.order_id, o.order_id, o.customer_name || '-服务群',
       o.designer_wx_user_id, o.created_at, o.created_at,
       now() + interval '1 day'
     from generate_series(1, ${groups}) as n
     join customer_order o on o.order_id = 'o' || n * 10`,
    `insert into chat_member (chat_id, member_id, type, name, joined_at,
       join_scene)
     select c.chat_id, m.id, m.type, '', c.created_at, 'direct'
     from chat c cross join lateral (values (c.owner, 'member'),
       ('manager', 'member'),
       ('wm' || substr(c.order_id, 2), 'external')) as m (id, type)`,
    `insert into group_intent (intent_id, order_id, created_by,
       customer_external_user_id, user_ids, external_user_ids, group_name, state,
       chat_id, reported_at, expires_at, created_at, updated_at)
     select 'in' || order_id, order_id, owner, 'wm' || substr(order_id, 2),
       array[owner, 'manager'], array['wm' || substr(order_id, 2)], name,
       'active', chat_id, created_at, created_at, created_at, created_at
     from chat`,
    `insert into customer_decision (order_id, external_user_id, source,
       decided_by, decided_at)
     select order_id, customer_external_user_id, 'group', created_by, created_at
     from group_intent`,
    `insert into order_event (order_id, at, kind, actor, chat_id)
     select order_id, created_at, kind, owner, chat_id
     from chat cross join (values ('asked'), ('reported'), ('bound')) as k (kind)`,
    `insert into audit_log (at, actor, action, subject, order_id, outcome)
     select created_at, owner, action, order_id, order_id, 'done'
     from chat cross join (values ('group.prepare'), ('group.record')) as a (action)`,
    `insert into inbox_event (dedupe_key, subject, fields, received_at, ready_at)
     select 'k' || n, 'chat/wait' || n, '{}', now(), now()
     from generate_series(1, ${groups}) as n`,
    `insert into inbox_task (subject, due_at)
     select subject, ready_at + interval '1 day' + event_id * interval '1 ms'
     from inbox_event`,
  ];
}
