/**
 * No page, flow or callback reads a big table from end to end. The statements are
 * those that the product has prepared on its connection, with the plan that serves
 * every parameter; the planner is told that each big table has a thousand times
 * the rows that it has.
 */
import assert from "node:assert/strict";
import { fillCompany } from "../bench/growth_data.ts";
import {
  claim,
  type Company,
  openCompany,
  QUERIES,
} from "../bench/growth_queries.ts";
import { intentsBesideOthers, lateIntents } from "../../lib/groups/intents.ts";
import { WRITES } from "./writes.ts";
import { throughPooler, withDatabase } from "../support/database.ts";

const SIZE = 1_000;
const BIG = [
  ...["customer_order", "customer_decision", "order_event", "audit_log"],
  ...["contact", "contact_follow", "contact_phone", "chat", "chat_member"],
  ...["group_intent", "inbox_event", "inbox_task"],
];

/** The night may read all groups, but not for each of its questions. */
async function lookForLate({ services: { sql, now } }: Company): Promise<void> {
  const since = new Date(now() - 2 * 24 * 60 * 60_000);
  await lateIntents(sql, since);
  await intentsBesideOthers(sql, since);
}

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: Plan[];
}

interface Prepared {
  name: string;
  statement: string;
  parameters: number;
}

async function prepared({ services: { sql } }: Company): Promise<Prepared[]> {
  return await sql<Prepared[]>`
    select name, statement,
      coalesce(cardinality(parameter_types), 0) as parameters
    from pg_prepared_statements
    where statement ~* '^\\s*(with|select|insert|update|delete)\\y'
      and statement !~ 'pg_prepared_statements'`;
}

/** The big tables that this plan reads from end to end. */
function readWhole({ Plans = [], ...node }: Plan): string[] {
  const table = node["Relation Name"] ?? "";
  const whole = node["Node Type"] === "Seq Scan" && BIG.includes(table);
  return [...(whole ? [table] : []), ...Plans.flatMap(readWhole)];
}

async function planOf(
  { services: { sql } }: Company,
  { name, parameters }: Prepared,
): Promise<Plan> {
  const values = Array.from({ length: parameters }, () => "null").join(", ");
  const [row] = await sql.unsafe(
    `explain (format json) execute "${name}"${values && `(${values})`}`,
  );
  const [{ Plan }] = row?.["QUERY PLAN"] as [{ Plan: Plan }];
  return Plan;
}

Deno.test({
  name: "Nothing that people wait for reads a big table from end to end",
  // A transaction pooler keeps no prepared statements.
  ignore: throughPooler,
  fn: () =>
    withDatabase(async ({ sql, url }) => {
      await claim(sql, url);
      await fillCompany(sql, SIZE);
      const address = new URL(url);
      // All statements are prepared on one connection, which tells of them.
      address.searchParams.set("connection_limit", "1");
      const company = await openCompany(address.href, SIZE);
      const { services } = company;
      try {
        await services.sql`
          update pg_class set reltuples = greatest(reltuples, 100) * 1000,
            relpages = greatest(relpages, 1)
          where relname = any(${BIG}::text[])`;
        await services.sql`set plan_cache_mode = force_generic_plan`;
        const start = new Set(
          (await prepared(company)).map(({ name }) => name),
        );
        for (const { ask } of [...QUERIES, ...WRITES]) await ask(company, 1);
        await lookForLate(company);
        const all = await prepared(company);
        const statements = all.filter(({ name }) => !start.has(name));
        assert.ok(statements.length > 60, `only ${statements.length}`);
        const found: string[] = [];
        for (const one of statements) {
          const tables = readWhole(await planOf(company, one));
          if (tables.length > 0) {
            found.push(`${tables}: ${one.statement.replace(/\s+/g, " ")}`);
          }
        }
        assert.deepEqual(found, []);
      } finally {
        await company.close();
      }
    }),
});
