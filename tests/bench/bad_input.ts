/**
 * Bad input, drawn from the OpenAPI document: answers that are server errors,
 * that show a stack, or that tell a secret.
 */
import fc from "../support/fast_check.ts";
import { leakIn, type Shot, shots } from "../http/fuzz.ts";
import { DATA_KEY, ERP_TOKEN, type TestApp, withApp } from "../support/app.ts";
import { PHONE, pushAll, world } from "../support/company.ts";
import { type Bench, runAlone, sized } from "./row.ts";

const SEED = 9;
const SHOWN = 5;

export const badInput: Bench = async ({ quick, say }) => {
  const requests = quick ? 400 : 20_000;
  return await withApp({ seed: world().seed }, async (app) => {
    await pushAll(app);
    const drawn = fc.sample(shots(await documentOf(app)), {
      numRuns: requests,
      seed: SEED,
    });
    const { config } = app.services;
    const secrets = [
      ERP_TOKEN,
      DATA_KEY,
      config.sessionSecret.reveal(),
      config.wecom.secret.reveal(),
      PHONE,
    ];
    const errors: string[] = [];
    const leaks: string[] = [];
    const reached = new Set<number>();
    for (const shot of drawn) {
      const { status, text } = await fire(app, shot);
      reached.add(status);
      if (status >= 500) errors.push(`${describe(shot)}: ${status} ${text}`);
      const leak = leakIn(text, secretsBeyond(shot, secrets));
      if (leak) leaks.push(`${describe(shot)}: ${leak}`);
    }
    for (const one of [...errors, ...leaks].slice(0, SHOWN)) say(one);
    const of = `${sized(requests)} bad requests`;
    return [{
      name: `server errors, ${of}`,
      value: errors.length,
      unit: "answers",
      limit: { most: 0 },
    }, {
      name: `answers with a stack trace or a secret, ${of}`,
      value: leaks.length,
      unit: "answers",
      limit: { most: 0 },
    }, {
      // Success, bad request, not signed in, forbidden, not found at least.
      name: `different statuses met, ${of}`,
      value: reached.size,
      unit: "statuses",
      limit: { least: 5 },
    }];
  });
};

async function documentOf(app: TestApp): Promise<Record<string, unknown>> {
  return await (await app.as(null).fetch("/api/openapi.json")).json();
}

async function fire(app: TestApp, { as, path, init }: Shot) {
  const response = await app.as(as).fetch(path, init);
  return { status: response.status, text: await response.text() };
}

/** What somebody has sent may come back to them: in a name that was pushed. */
function secretsBeyond({ path, init }: Shot, secrets: readonly string[]) {
  const sent = decodeURIComponent(path) + String(init.body ?? "");
  return secrets.filter((secret) => !sent.includes(secret));
}

function describe({ as, path, init }: Shot): string {
  const body = String(init.body ?? "").slice(0, 200);
  return `${as ?? "nobody"} ${init.method} ${path} ${body}`;
}

if (import.meta.main) await runAlone(badInput);
