/**
 * Two nights over a company in which nothing changed, on a Postgres of its own:
 * how often WeCom is called, what is written, and whether memory stays. The
 * second night is a day later by the clock that the services are given, so that
 * it finds what the first one left behind. WeCom answers at once; how long a
 * night takes is up to the budget of calls and to the machine.
 */
import { readConfig } from "../../lib/config/mod.ts";
import { createServices, type Services } from "../../lib/services.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { Secret } from "../../lib/config/secret.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { PHONE_RULES } from "../../lib/contacts/phone_rules.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { type Company, createStandIn, fill } from "./night_company.ts";
import { type Bench, round, type Row, runAlone, sized } from "./row.ts";

const DAY_MS = 24 * 60 * 60_000;
const MB = 1024 * 1024;
const BATCH = "externalcontact/batch/get_by_user";
const DATA_KEY = "data-key-of-the-bench-0123456789abcdef0123";

interface Night {
  walMb: number;
  /** From the first tenth of the calls to the end. */
  grownMb: number;
  hours: number;
  contactCalls: number;
  groupsRead: number;
  changed: number;
}

export const night: Bench = async ({ quick, say }) => {
  const company: Company = quick
    ? { people: 250, contacts: 40, groups: 8 }
    : { people: 4_000, contacts: 250, groups: 25 };
  const groups = company.people * company.groups;
  const contacts = company.people * company.contacts;
  const cluster = await createCluster(freePort(), { large: !quick });
  await cluster.start();
  const dataDir = await Deno.makeTempDir({ prefix: "bench-night-" });
  const { fetch, heard } = createStandIn(company);
  let skip = 0;
  const now = () => Date.now() + skip;
  try {
    await migrated(cluster.url);
    const services = await createServices(configOf(cluster.url, dataDir), {
      fetch,
      now,
      log: () => {},
    });
    const nights: Night[] = [];
    try {
      await prepare(services, company);
      say(`${sized(groups)} groups, ${sized(contacts)} contacts are there`);
      for (let turn = 0; turn < 2; turn++) {
        nights.push(await measure(services, heard, groups, contacts));
        say(JSON.stringify(nights.at(-1)));
        skip += DAY_MS;
      }
    } finally {
      await services.close();
    }
    const worst = (of: (night: Night) => number) =>
      round(Math.max(...nights.map(of)));
    const over = `${sized(groups)} groups, ${sized(contacts)} contacts`;
    const row = (
      name: string,
      value: number,
      unit: string,
      most: number | null,
    ): Row => ({
      name: `${name}, a night over ${over}`,
      value,
      unit,
      limit: most === null ? null : { most },
    });
    return [
      row("calls a minute and API", heard.mostAMinute(), "calls", 8_000),
      row("WAL", worst((one) => one.walMb), "MB", 20),
      // Of the second night: in the first one the heap finds its size.
      row("memory grown", round(nights.at(-1)?.grownMb ?? NaN), "MB", 64),
      // A listing of each person would cost a started page for each.
      row(
        "calls for contacts / pages of 100",
        worst((one) => one.contactCalls / (contacts / 100)),
        "x",
        1.1,
      ),
      row(
        "groups read / a seventh of all",
        worst((one) => one.groupsRead / (groups / 7)),
        "x",
        1.2,
      ),
      row(
        "groups and people written though unchanged",
        worst((one) => one.changed),
        "rows",
        0,
      ),
      row("time", worst((one) => one.hours), "h", null),
    ];
  } finally {
    await Deno.remove(dataDir, { recursive: true });
    await cluster.destroy();
  }
};

function configOf(databaseUrl: string, dataDir: string) {
  const env: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    KV_PATH: ":memory:",
    PUBLIC_ORIGIN: "http://localhost:8000",
    SESSION_SECRET: "session-secret-of-the-bench-0123456789abcdef",
    DATA_KEY,
    WECOM_CORP_ID: "ww1234567890abcdef",
    WECOM_AGENT_ID: "1000007",
    WECOM_SECRET: "secret-of-the-bench-9f8e7d6c5b4a39281706",
    WECOM_API_BASE: "http://127.0.0.1:1",
  };
  return readConfig((name) => env[name]);
}

async function migrated(url: string): Promise<void> {
  const { sql, close } = await openDatabase({
    url: new Secret(url),
    dataDir: "",
    max: 1,
  });
  await migrate(sql, await readMigrations());
  await close();
}

async function prepare(
  { sql, vault }: Services,
  company: Company,
): Promise<void> {
  await fill(sql, vault, company, Date.now());
  await sql`update contact_sync set phone_rules = ${PHONE_RULES}`;
  // What is left to do after loading is not the night's.
  await sql.unsafe("vacuum (freeze, analyze)");
}

async function measure(
  { sql, reconciler }: Services,
  heard: ReturnType<typeof createStandIn>["heard"],
  groups: number,
  contacts: number,
): Promise<Night> {
  await sql.unsafe("checkpoint");
  const wal = await position(sql);
  const calls = heard.all();
  const contactCalls = heard.calls.get(BATCH) ?? 0;
  const tenth = (groups / 7 + contacts / 100) / 10;
  let first = 0;
  const watch = setInterval(() => {
    if (first === 0 && heard.all() - calls >= tenth) first = rss();
  }, 20);
  const begun = performance.now();
  const report = await reconciler.run("nightly");
  const spent = performance.now() - begun;
  clearInterval(watch);
  if (report?.state !== "done") {
    throw new Error(`The night ended ${JSON.stringify(report)}`);
  }
  const { counts } = report;
  if (counts.contacts !== contacts) {
    throw new Error(`${counts.contacts} contacts were read`);
  }
  const [written] = await sql<{ rows: number }[]>`
    select (select count(*) from contact_follow where reading > 1)::int
      + (select count(*) from contact where reading > 1)::int
      + (select count(*) from chat where reading > 1)::int as rows`;
  return {
    walMb: (await position(sql) - wal) / MB,
    grownMb: Math.max(0, (rss() - (first || rss())) / MB),
    hours: spent / 3_600_000,
    contactCalls: (heard.calls.get(BATCH) ?? 0) - contactCalls,
    groupsRead: counts.fetched,
    changed: (written?.rows ?? 0) + counts.changed + counts.added,
  };
}

function rss(): number {
  return Deno.memoryUsage().rss;
}

async function position(sql: Sql): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`;
  return Number(row?.bytes);
}

if (import.meta.main) await runAlone(night);
