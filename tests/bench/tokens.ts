/** Token calls of 1,000 requests at once on four processes that know none yet. */
import { openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { Secret } from "../../lib/config/secret.ts";
import { type Place, withKvFile } from "../store/cache_support.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import { CALLS, race } from "../wecom/token_race.ts";
import { type Bench, type Row, runAlone, sized } from "./row.ts";

const PROCESSES = 4;

export const tokens: Bench = async () => {
  const rows: Row[] = [];
  const measure = (store: string) => async (place: Place) => {
    const seen = await race(place, PROCESSES);
    const of = `${sized(CALLS)} requests on ${PROCESSES} processes, ${store}`;
    rows.push(
      row(`token calls, cold, ${of}`, seen.cold, "calls", { most: 1 }),
      row(`token calls after an expiry, ${of}`, seen.expired, "calls", {
        most: 1,
      }),
      row(`requests answered, ${of}`, seen.answered, "answers", {
        least: CALLS * 2,
      }),
    );
  };
  await withKvFile(measure("KV"));
  const cluster = await createCluster(freePort());
  try {
    await cluster.start();
    const url = new Secret(cluster.url);
    const { sql, close } = await openDatabase({ url, dataDir: "", max: 1 });
    await migrate(sql, await readMigrations());
    await close();
    await measure("Postgres")({ kind: "postgres", url: cluster.url });
  } finally {
    await cluster.destroy();
  }
  return rows;
};

function row(name: string, value: number, unit: string, limit: Row["limit"]) {
  return { name, value, unit, limit };
}

if (import.meta.main) await runAlone(tokens);
