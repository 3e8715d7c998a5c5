/**
 * Nine o'clock: everybody signs in and opens their first order, at the same time,
 * on two processes. WeCom allows few calls at once, so they stand in line; nobody
 * may be refused, and the last one may not wait for longer than the calls take
 * and what the same morning costs without any latency.
 */
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { Secret } from "../../lib/config/secret.ts";
import { batchGetByUser, getUserInfo } from "../../lib/wecom/mod.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { type Child, startChild } from "./child.ts";
import { hire, open, type Phase, phase, signIn } from "./morning_people.ts";
import type { Morning, Seen } from "./morning_wecom.ts";
import { type Bench, round, type Row, runAlone, sized } from "./row.ts";
import { standInEnv } from "./stand_in.ts";

const PROCESSES = 2;
const CONTACTS = 300;
const SLACK = 1.2;
const APIS = { reading: batchGetByUser, signingIn: getUserInfo };

interface Size {
  people: number;
  latencies: number[];
}

const FULL: Size = { people: 500, latencies: [100, 300] };
const QUICK: Size = { people: 40, latencies: [100] };

export const morning: Bench = async ({ quick, say }) => {
  const size = quick ? QUICK : FULL;
  const given: Morning = {
    contacts: CONTACTS,
    parallel: Object.fromEntries(
      Object.values(APIS).map(({ name, parallel }) => [name, parallel]),
    ),
  };
  const cluster = await createCluster(freePort());
  const children: Child[] = [];
  try {
    await cluster.start();
    const url = new Secret(cluster.url);
    const { sql, close } = await openDatabase({ url, dataDir: "", max: 1 });
    await migrate(sql, await readMigrations());
    await close();
    const wecom = await startChild("morning_wecom.ts", given);
    children.push(wecom);
    const env = {
      ...standInEnv(wecom.origin),
      DATABASE_URL: cluster.url,
      CACHE_STORE: "postgres",
    };
    const product = await Promise.all(
      Array.from({ length: PROCESSES }, () => startChild("product.ts", env)),
    );
    children.push(...product);
    const rows: Row[] = [];
    let calm: Awaited<ReturnType<typeof live>> | null = null;
    for (const [at, ms] of [0, ...size.latencies].entries()) {
      const people = Array.from(
        { length: size.people },
        (_, n) => `p${at * size.people + n}`,
      );
      const seen = await live(product, wecom, people, ms);
      say(`${ms} ms: ${JSON.stringify(seen)}`);
      calm ??= seen;
      if (ms > 0) rows.push(...rowsOf(size, ms, seen, calm));
    }
    return rows;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await cluster.destroy();
  }
};

type Seconds = Record<keyof typeof APIS, Phase>;

function rowsOf({ people }: Size, ms: number, seen: Seconds, calm: Seconds) {
  return Object.entries(APIS).flatMap(([name, { parallel }]): Row[] => {
    const phase = seen[name as keyof Seconds];
    const least = phase.calls / parallel * ms +
      calm[name as keyof Seconds].ms;
    const what = name === "reading" ? "first readings" : "sign-ins";
    const of = `${sized(people)} ${what} at once, ${ms} ms a call`;
    return [{
      name: `the last one / what the calls take, ${of}`,
      value: round(phase.ms / least),
      unit: "x",
      limit: { most: SLACK },
    }, {
      name: `refused or failed, ${of}`,
      value: Object.values(phase.errors).reduce((sum, n) => sum + n, 0),
      unit: "people",
      limit: { most: 0 },
    }, {
      name: `waited without seeing a place, ${of}`,
      value: phase.blind,
      unit: "people",
      limit: { most: 0 },
    }].filter((row) => name === "reading" || !row.name.startsWith("waited"));
  });
}

/** One morning of these people. */
async function live(
  product: Child[],
  wecom: Child,
  people: string[],
  ms: number,
): Promise<Seconds> {
  const at = (n: number) => product[n % product.length]?.origin ?? "";
  await hire(at(0), people, CONTACTS);
  await fetch(`${wecom.origin}/set?ms=${ms}`);
  const seen = async (): Promise<Seen> =>
    await (await fetch(`${wecom.origin}/seen`)).json();
  await seen();
  const cookies = new Map<string, string>();
  const signingIn = await phase(people, async (who, n) => {
    cookies.set(who, await signIn(at(n), who));
    return true;
  });
  const first = await seen();
  const reading = await phase(
    people,
    (who, n) => open(at(n), who, cookies.get(who) ?? ""),
  );
  const second = await seen();
  return {
    signingIn: { ...signingIn, calls: first.calls[getUserInfo.name] ?? 0 },
    reading: { ...reading, calls: second.calls[batchGetByUser.name] ?? 0 },
  };
}

if (import.meta.main) await runAlone(morning);
