/**
 * What a process of the product holds in memory: at rest with Postgres, while it
 * reads 20,000 contacts of one person, and with everything embedded after its
 * first start. Resident memory, as Linux counts it.
 */
import assert from "node:assert/strict";
import { PHONE } from "../support/company.ts";
import { withStub } from "../support/stub_wecom.ts";
import type { Bench, Row } from "./row.ts";
import {
  deno,
  HERE,
  ORDER_PAGE,
  productEnv,
  pushCompany,
  serve,
  signIn,
  withPostgres,
} from "./served.ts";

const REST_MB = 150;
const SYNC_MB = 60;
const EMBEDDED_MB = 350;
/** Until what a start leaves behind is collected. */
const REST_MS = 5_000;

export const memory: Bench = async ({ quick, say }) => {
  await deno(HERE, ["task", "build"]);
  const contacts = quick ? 2_000 : 20_000;
  const withDatabase = await onPostgres(contacts, quick ? 1_000 : REST_MS);
  say(`  with Postgres: ${JSON.stringify(withDatabase)}`);
  const embeddedMb = await embedded(quick ? 1_000 : REST_MS);
  return [
    mb("memory at rest, with Postgres", withDatabase.restMb, REST_MB),
    mb(
      `memory on top while ${contacts.toLocaleString("en")} contacts are read`,
      withDatabase.peakMb - withDatabase.restMb,
      SYNC_MB,
    ),
    mb("memory after the first start, embedded", embeddedMb, EMBEDDED_MB),
  ];
};

async function onPostgres(contacts: number, restMs: number) {
  return await withStub((stub, base) =>
    withPostgres(1, async ([url = ""]) => {
      const directory = await Deno.makeTempDir({ prefix: "memory-" });
      const served = await serve(HERE, productEnv(stub, base, url, directory));
      try {
        stub.followUsers.push("d1");
        for (let at = 0; at < contacts; at++) {
          stub.follow("d1", `wm${at}`, `客户${at}`, [`139${10_000_000 + at}`]);
        }
        stub.follow("d1", "wm-of-the-order", "王女士", [PHONE]);
        await pushCompany(served.origin);
        const visitor = await signIn(stub, served.origin);
        await pause(restMs);
        const { rssMb: restMb } = await served.memory();
        await untilMatched(() => visitor.fetch(ORDER_PAGE));
        const { rssMb, peakMb } = await served.memory();
        return { restMb, afterMb: rssMb, peakMb };
      } finally {
        await served.stop();
        await Deno.remove(directory, { recursive: true });
      }
    })
  );
}

async function untilMatched(ask: () => Promise<Response>): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const response = await ask();
    const html = await response.text();
    assert.equal(response.status, 200, html);
    if (html.includes("candidate-wm-of-the-order")) return;
    assert.ok(performance.now() < deadline, html);
    await pause(200);
  }
}

async function embedded(restMs: number): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "memory-" });
  const served = await serve(HERE, { DATA_DIR: directory });
  try {
    const response = await fetch(`${served.origin}/sandbox`);
    assert.equal(response.status, 200, await response.text());
    await pause(restMs);
    return (await served.memory()).rssMb;
  } finally {
    await served.stop();
    await Deno.remove(directory, { recursive: true });
  }
}

function mb(name: string, value: number, most: number): Row {
  return { name, value: Math.round(value), unit: "MB", limit: { most } };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- for the person at the terminal
  const say = (line: string) => console.log(line);
  const rows = await memory({ quick: Deno.args.includes("--quick"), say });
  say(JSON.stringify(rows, null, 2));
}
