/**
 * How what people wait for grows with the company: each query at a thousand, at a
 * hundred thousand and at a million orders and contacts, with a tenth as many
 * groups, asked in turns over the sizes in one run on a Postgres of its own. The
 * ratio of the medians at the largest and the smallest is at most two.
 */
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { fillCompany } from "./growth_data.ts";
import { claim, type Company, openCompany, QUERIES } from "./growth_queries.ts";
import {
  type Bench,
  holds,
  median,
  round,
  type Row,
  runAlone,
  sized,
} from "./row.ts";

const SIZES = { quick: [1_000, 10_000], full: [1_000, 100_000, 1_000_000] };
const TURNS = { quick: 20, full: 60 };
/** Asked before it counts: plans and caches are warm in a product that runs. */
const WARM_UP = 8;
const MOST = 2;

export const benchGrowth: Bench = async ({ quick, say }) => {
  const mode = quick ? "quick" : "full";
  const cluster = await createCluster(freePort(), { large: !quick });
  const companies: Company[] = [];
  try {
    await cluster.start();
    for (const size of SIZES[mode]) {
      const begun = performance.now();
      const url = await fill(cluster.url, size);
      say(
        `${sized(size)} orders in ${Math.round(performance.now() - begun)} ms`,
      );
      companies.push(await openCompany(url, size));
    }
    return await measure(companies, TURNS[mode], say);
  } finally {
    for (const company of companies) await company.close();
    await cluster.destroy();
  }
};

/** A database of its own in this server; its address. */
async function fill(server: string, size: number): Promise<string> {
  const name = `growth_${size}`;
  const open = (url: string) =>
    openDatabase({ url: new Secret(url), dataDir: "", max: 1 });
  const admin = await open(server);
  await admin.sql.unsafe(`create database ${name}`);
  await admin.close();
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = await open(url.href);
  await migrate(database.sql, await readMigrations());
  await claim(database.sql, url.href);
  await fillCompany(database.sql, size);
  await database.close();
  return url.href;
}

/** One row for each query, in turns over the companies; small ones first. */
export async function measure(
  companies: readonly Company[],
  turns: number,
  say: (line: string) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, ask } of QUERIES) {
    const times = companies.map((): number[] => []);
    for (let turn = 0; turn < WARM_UP + turns; turn++) {
      for (const [index, company] of companies.entries()) {
        const begun = performance.now();
        await ask(company, turn);
        if (turn >= WARM_UP) times[index]?.push(performance.now() - begun);
      }
    }
    const medians = times.map((some) => median(some));
    const value = round((medians.at(-1) ?? NaN) / (medians[0] ?? NaN));
    const row: Row = {
      name: `${name}, ${of(companies.at(-1))} / ${
        of(companies[0])
      } orders, p50`,
      value,
      unit: "x",
      limit: { most: MOST },
    };
    rows.push(row);
    const told = medians.map((ms) => ms.toFixed(2).padStart(9)).join("");
    say(`${holds(row) ? " " : "!"}${told} ms  x${value}  ${name}`);
  }
  return rows;
}

const of = (company?: Company) => sized(company?.size ?? NaN);

if (import.meta.main) await runAlone(benchGrowth);
