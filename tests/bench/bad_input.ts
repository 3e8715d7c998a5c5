/**
 * Bad input, drawn from the OpenAPI document: answers that are server errors,
 * that show a stack, or that tell a secret, and what the process holds afterwards.
 * Its own clock goes on with each request, so that nobody's share is used up.
 */
import fc from "../support/fast_check.ts";
import { leakIn, type Shot, shots } from "../http/fuzz.ts";
import { DATA_KEY, ERP_TOKEN, type TestApp, withApp } from "../support/app.ts";
import { PHONE, pushAll, world } from "../support/company.ts";
import { type Bench, round, type Row, runAlone, sized } from "./row.ts";

const SEED = 9;
const SHOWN = 5;
/** Drawn at once; memory is looked at after the first `WARM`. */
const DRAWN = 10_000;
const WARM = 40_000;
const BETWEEN_MS = 500;

export const badInput: Bench = async ({ quick, say }) => {
  const requests = quick ? 400 : 200_000;
  let at = Date.now();
  const now = () => at;
  const options = { seed: world().seed, now, forgetsLog: true };
  return await withApp(options, async (app) => {
    await pushAll(app);
    const drawing = shots(await documentOf(app));
    const secrets = secretsOf(app);
    const found: Found = { errors: [], leaks: [], reached: new Set() };
    let warm = 0;
    for (let done = 0; done < requests; done += DRAWN) {
      const numRuns = Math.min(DRAWN, requests - done);
      for (const shot of fc.sample(drawing, { numRuns, seed: SEED + done })) {
        at += BETWEEN_MS;
        await look(app, shot, secrets, found);
      }
      if (done + DRAWN === WARM) warm = Deno.memoryUsage().rss;
      if (!quick) say(`  ${sized(done + numRuns)} sent`);
    }
    for (const one of [...found.errors, ...found.leaks].slice(0, SHOWN)) {
      say(one);
    }
    const held = warm === 0 ? null : Deno.memoryUsage().rss / warm;
    return rowsOf(found, `${sized(requests)} bad requests`, held);
  });
};

/** Shots push orders whose id is a number: an id is told as it is. */
const ORDER_ID = new RegExp(
  `("orderId":"|/orders/|data-testid="[\\w-]*)${PHONE}`,
  "g",
);

interface Found {
  errors: string[];
  leaks: string[];
  reached: Set<number>;
}

async function look(
  app: TestApp,
  shot: Shot,
  secrets: readonly string[],
  { errors, leaks, reached }: Found,
): Promise<void> {
  const { status, text } = await fire(app, shot);
  reached.add(status);
  // Where shots have pushed a designer whom WeCom does not know, it refuses.
  const isWecoms = /"details":\{"errcode":\d/.test(text);
  if (status >= 500 && !isWecoms) {
    errors.push(`${describe(shot)}: ${status} ${text}`);
  }
  const leak = leakIn(text.replace(ORDER_ID, ""), secretsBeyond(shot, secrets));
  if (leak) leaks.push(`${describe(shot)}: ${leak}`);
}

function rowsOf(found: Found, of: string, held: number | null): Row[] {
  const rows: Row[] = [{
    name: `server errors, ${of}`,
    value: found.errors.length,
    unit: "answers",
    limit: { most: 0 },
  }, {
    name: `answers with a stack trace or a secret, ${of}`,
    value: found.leaks.length,
    unit: "answers",
    limit: { most: 0 },
  }, {
    // Success, bad request, not signed in, forbidden, not found at least.
    name: `different statuses met, ${of}`,
    value: found.reached.size,
    unit: "statuses",
    limit: { least: 5 },
  }];
  if (held !== null) {
    rows.push({
      name: `memory after ${of}, to that after ${sized(WARM)}`,
      value: round(held),
      unit: "x",
      limit: { most: 1.1 },
    });
  }
  return rows;
}

function secretsOf({ services: { config } }: TestApp): string[] {
  return [
    ERP_TOKEN,
    DATA_KEY,
    config.sessionSecret.reveal(),
    config.wecom.secret.reveal(),
    PHONE,
  ];
}

async function documentOf(app: TestApp): Promise<Record<string, unknown>> {
  return await (await app.as(null).fetch("/api/openapi.json")).json();
}

async function fire(app: TestApp, { as, path, init }: Shot) {
  const response = await app.as(as).fetch(path, init);
  return { status: response.status, text: await response.text() };
}

/**
 * What somebody has sent may come back to them, in a name that was pushed; and
 * one flow is there to tell the number.
 */
function secretsBeyond({ path, init }: Shot, secrets: readonly string[]) {
  const body = String(init.body ?? "");
  const sent = decodeURIComponent(path) + body;
  const told = body.includes("customer.reveal");
  return secrets.filter((secret) =>
    !sent.includes(secret) && !(told && secret === PHONE)
  );
}

function describe({ as, path, init }: Shot): string {
  const body = String(init.body ?? "").slice(0, 200);
  return `${as ?? "nobody"} ${init.method} ${path} ${body}`;
}

if (import.meta.main) await runAlone(badInput);
