/**
 * What the app takes beside what it would be without it: an API route and the
 * order's page against bare Hono with the same statements and session, and a
 * click against the original document's way. In turns, in one run. Upstream Fresh
 * cannot be had where only the npm registry is reached: it is not measured here.
 */
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import {
  againstDocument,
  type Measured,
  type Size,
} from "./against_document.ts";
import { type Child, startChild } from "./child.ts";
import { type DocumentsWay, fillItsTables } from "./documents_way.ts";
import { load } from "./load.ts";
import { overhear } from "./overhear.ts";
import { type Bench, median, round, type Row, runAlone } from "./row.ts";
import { CORP, standInEnv, startStandIn } from "./stand_in.ts";

const PEOPLE = 16;
/** Answers before anything is measured: the code is compiled by then. */
const WARM = 800;
const SESSION_SECRET = "session-secret-of-the-bench-0123456789abcdef";

const FULL: Size = { contacts: 3_000, rounds: 9, ms: 3_000 };
const QUICK: Size = { contacts: 300, rounds: 3, ms: 500 };

export const throughput: Bench = async ({ quick, say }) => {
  const size = quick ? QUICK : FULL;
  const cluster = await createCluster(freePort());
  const wecom = await startStandIn(size.contacts);
  const children: Child[] = [wecom];
  try {
    await cluster.start();
    await prepare(cluster.url);
    const env = { ...standInEnv(wecom.origin), SESSION_SECRET };
    const { bare, asked } = await overhear(cluster.url, env);
    await fillItsTables(cluster.url);
    const start = async (file: string, given: unknown) => {
      const child = await startChild(file, given);
      children.push(child);
      return child;
    };
    const way: DocumentsWay = {
      databaseUrl: cluster.url,
      wecom: wecom.origin,
      corp: CORP,
    };
    const ours = await start("product.ts", {
      ...env,
      DATABASE_URL: cluster.url,
    });
    const hono = await start("bare_hono.tsx", bare);
    const document = await start("documents_way.ts", way);
    const of = (click: string[]) => ({ click, ours, size, say });
    return [
      await against(hono, "order.get", of([asked.route])),
      await against(hono, "an order's page", of([asked.page])),
      ...await againstDocument(document, wecom, of([asked.page])),
    ];
  } finally {
    for (const child of children) await child.stop();
    await cluster.destroy();
  }
};

async function prepare(databaseUrl: string): Promise<void> {
  const url = new Secret(databaseUrl);
  const { sql, close } = await openDatabase({ url, dataDir: "", max: 1 });
  await migrate(sql, await readMigrations());
  await close();
}

async function against(
  hono: Child,
  what: string,
  { click, ours, size: { rounds, ms }, say }: Measured,
): Promise<Row> {
  const both = [ours, hono] as const;
  for (const { port } of both) {
    await load({ port, click, people: PEOPLE, ms, least: WARM });
  }
  const ratios: number[] = [];
  for (let turn = 0; turn < rounds; turn++) {
    const [us, bare] = [
      await load({ port: ours.port, click, people: PEOPLE, ms }),
      await load({ port: hono.port, click, people: PEOPLE, ms }),
    ];
    ratios.push(us.clicksPerSecond / bare.clicksPerSecond);
    say(
      `${what}: ${Math.round(us.clicksPerSecond)} a second, ` +
        `bare Hono ${Math.round(bare.clicksPerSecond)}`,
    );
  }
  return {
    name: `${what}, answers a second / bare Hono's`,
    value: round(median(ratios)),
    unit: "x",
    limit: { least: 0.8 },
  };
}

if (import.meta.main) await runAlone(throughput);
