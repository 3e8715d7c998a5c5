/**
 * The product as one, two and four processes on one Postgres: what a page takes of
 * a processor whichever of them answers, and that together they call WeCom no more
 * at once than one may. Another process answers more a second only where there is a
 * core for it, so processor time is judged, and not the clock.
 */
import assert from "node:assert/strict";
import { ERP_TOKEN, ORIGIN } from "../support/app.ts";
import { batchGetByUser, getUserInfo } from "../../lib/wecom/mod.ts";
import { type Child, startChild } from "./child.ts";
import { hire, open, phase, signIn } from "./morning_people.ts";
import type { Morning, Seen } from "./morning_wecom.ts";
import { type Bench, median, round, type Row, runAlone } from "./row.ts";
import { deno, HERE, serve, type Served, withPostgres } from "./served.ts";
import { standInEnv } from "./stand_in.ts";

/** At the same time at each process, as phones ask. */
const PEOPLE = 8;
/** Three pages of WeCom's each. */
const CONTACTS = 300;
const LATENCY_MS = 100;
/** Beside what one process does with a second of a core. */
const LEAST = { least: 0.8 };

interface Size {
  processes: number[];
  /** Pages that each process answers before anything is measured. */
  warm: number;
  rounds: number;
  /** Of each process, in a round. */
  pages: number;
  /** Who open their first order at the same time. */
  newcomers: number;
}

const FULL: Size = {
  ...{ processes: [1, 2, 4], warm: 1_000, rounds: 7, pages: 400 },
  newcomers: 100,
};
const QUICK: Size = {
  ...{ processes: [1, 2], warm: 200, rounds: 3, pages: 100 },
  newcomers: 6,
};

interface Company {
  wecom: Child;
  product: Served[];
  size: Size;
  say(line: string): void;
}

export const processes: Bench = async ({ quick, say }) => {
  const size = quick ? QUICK : FULL;
  const given: Morning = {
    contacts: CONTACTS,
    parallel: Object.fromEntries(
      [batchGetByUser, getUserInfo].map(({ name, parallel }) => [
        name,
        parallel,
      ]),
    ),
  };
  await deno(HERE, ["task", "build"]);
  return await withPostgres(1, async ([url = ""]) => {
    const directory = await Deno.makeTempDir({ prefix: "processes-" });
    const wecom = await startChild("morning_wecom.ts", given);
    const product: Served[] = [];
    try {
      for (let n = 0; n < Math.max(...size.processes); n++) {
        const env = variables(wecom.origin, url, `${directory}/${n}`);
        product.push(await serve(HERE, env));
      }
      const company = { wecom, product, size, say };
      const first: Row[] = [];
      for (const many of size.processes) {
        first.push(...await firstReadings(company, many));
      }
      return [...await pages(company), ...first];
    } finally {
      for (const one of product) await one.stop();
      await wecom.stop();
      await Deno.remove(directory, { recursive: true });
    }
  });
};

function variables(wecom: string, url: string, directory: string) {
  return {
    ...standInEnv(wecom),
    PUBLIC_ORIGIN: ORIGIN,
    DATABASE_URL: url,
    CACHE_STORE: "postgres",
    DATA_DIR: directory,
    ERP_INBOUND_TOKEN: ERP_TOKEN,
    SESSION_SECRET: "session-secret-for-benches-0123456789abc",
    DATA_KEY: "data-key-for-benches-0123456789abcdef0123",
  };
}

/** All at once, spread over so many processes; WeCom refuses what is too much. */
async function firstReadings(
  { wecom, product, size, say }: Company,
  many: number,
): Promise<Row[]> {
  const at = (n: number) => product[n % many]?.origin ?? "";
  const people = Array.from(
    { length: size.newcomers },
    (_, n) => `p${many * 1_000 + n}`,
  );
  await hire(at(0), people, CONTACTS);
  const cookies = new Map<string, string>();
  for (const [n, who] of people.entries()) {
    cookies.set(who, await signIn(at(n), who));
  }
  await fetch(`${wecom.origin}/set?ms=${LATENCY_MS}`);
  const asked = async (): Promise<Seen> =>
    await (await fetch(`${wecom.origin}/seen`)).json();
  await asked();
  const seen = await phase(
    people,
    (who, n) => open(at(n), who, cookies.get(who) ?? ""),
  );
  const { calls, refused } = await asked();
  await fetch(`${wecom.origin}/set?ms=0`);
  say(`${many}: ${JSON.stringify({ ...seen, calls, refused })}`);
  const of = `${size.newcomers} first readings at once on ${counted(many)}`;
  const failed = Object.values(seen.errors).reduce((sum, n) => sum + n, 0);
  return [
    { name: `calls too many at once, ${of}`, value: refused, ...none("calls") },
    { name: `refused or failed, ${of}`, value: failed, ...none("people") },
  ];
}

interface Cost {
  /** A page's processor time, ms, of all processes. */
  cpuMs: number;
  perSecond: number;
}

async function pages(company: Company): Promise<Row[]> {
  const { product, size, say } = company;
  const who = "p999000";
  const origin = product[0]?.origin ?? "";
  await hire(origin, [who], CONTACTS);
  const cookie = await signIn(origin, who);
  await open(origin, who, cookie);
  const ask = (served: readonly Served[], times: number) =>
    askPages(served, `/orders/O-${who}/group`, cookie, times);
  for (const one of product) await ask([one], size.warm);
  const costs = new Map<number, Cost[]>(size.processes.map((n) => [n, []]));
  for (let turn = 0; turn < size.rounds; turn++) {
    for (const [many, seen] of costs) {
      seen.push(await measure(product.slice(0, many), size.pages * many, ask));
      say(`${many}: ${JSON.stringify(seen.at(-1))}`);
    }
  }
  return [...costs].flatMap(([many, seen]) => rowsOf(many, seen, costs.get(1)));
}

async function measure(
  served: readonly Served[],
  times: number,
  ask: (served: readonly Served[], times: number) => Promise<void>,
): Promise<Cost> {
  const spent = async () => {
    const all = await Promise.all(served.map((one) => one.cpuMs()));
    return all.reduce((sum, ms) => sum + ms, 0);
  };
  const [began, before] = [performance.now(), await spent()];
  await ask(served, times);
  return {
    cpuMs: round((await spent() - before) / times),
    perSecond: round(times / (performance.now() - began) * 1_000),
  };
}

async function askPages(
  served: readonly Served[],
  path: string,
  cookie: string,
  times: number,
): Promise<void> {
  let left = times;
  await Promise.all(
    Array.from({ length: PEOPLE * served.length }, async (_, n) => {
      const url = served[n % served.length]?.origin + path;
      while (left-- > 0) {
        const response = await fetch(url, { headers: { cookie } });
        const html = await response.text();
        assert.ok(response.ok && html.includes("create-group"), html);
      }
    }),
  );
}

function rowsOf(many: number, seen: Cost[], one: Cost[] = []): Row[] {
  const of = counted(many);
  const against = (value: (cost: Cost) => number) =>
    round(median(seen.map((cost, turn) => {
      const base = one[turn];
      return base ? value(cost) / value(base) : NaN;
    })));
  const perCore = (cost: Cost) => 1_000 / cost.cpuMs;
  const own: Row = {
    name: `pages a second of a core, ${of}`,
    value: round(median(seen.map(perCore))),
    unit: "/s",
    limit: null,
  };
  if (many === 1) return [own];
  return [own, {
    name: `pages a second of a core, ${of} / one`,
    value: against(perCore),
    unit: "x",
    // Where they have to share cores, they are in each other's way.
    limit: many <= navigator.hardwareConcurrency ? LEAST : null,
  }, {
    name: `pages a second by the clock, ${of} / one, ` +
      `${navigator.hardwareConcurrency} cores`,
    value: against(({ perSecond }) => perSecond),
    unit: "x",
    limit: null,
  }];
}

function counted(many: number): string {
  return many === 1 ? "one process" : `${many} processes`;
}

function none(unit: string): Pick<Row, "unit" | "limit"> {
  return { unit, limit: { most: 0 } };
}

if (import.meta.main) await runAlone(processes);
