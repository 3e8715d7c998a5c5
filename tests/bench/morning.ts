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
import { ERP_TOKEN, ORIGIN } from "../support/app.ts";
import { type Child, startChild } from "./child.ts";
import { lastMobile, type Morning, type Seen } from "./morning_wecom.ts";
import { type Bench, round, type Row, runAlone, sized } from "./row.ts";
import { standInEnv } from "./stand_in.ts";

const PROCESSES = 2;
const CONTACTS = 300;
const SLACK = 1.2;
/** Who waits for longer than this has seen a place. */
const LOOK_MS = 2_000;
const APIS = { reading: batchGetByUser, signingIn: getUserInfo };

interface Size {
  people: number;
  latencies: number[];
}

const FULL: Size = { people: 500, latencies: [100, 300] };
const QUICK: Size = { people: 40, latencies: [100] };

interface Phase {
  ms: number;
  calls: number;
  /** How often, by what it said. */
  errors: Record<string, number>;
  /** Waited for long and saw no place. */
  blind: number;
}

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
  await hire(product, people);
  await fetch(`${wecom.origin}/set?ms=${ms}`);
  const seen = async (): Promise<Seen> =>
    await (await fetch(`${wecom.origin}/seen`)).json();
  await seen();
  const cookies = new Map<string, string>();
  const at = (n: number) => product[n % product.length]?.origin ?? "";
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

/** All at once; `act` answers false for who waited and saw no place. */
async function phase(
  people: string[],
  act: (who: string, n: number) => Promise<boolean>,
) {
  const errors: Record<string, number> = {};
  let blind = 0;
  const begun = performance.now();
  await Promise.all(people.map(async (who, n) => {
    try {
      if (!await act(who, n)) blind += 1;
    } catch (error) {
      const said = String(error);
      errors[said] = (errors[said] ?? 0) + 1;
    }
  }));
  return { ms: Math.round(performance.now() - begun), errors, blind };
}

async function hire([process]: Child[], people: string[]): Promise<void> {
  const push = async (what: string, rows: unknown[]) => {
    const response = await fetch(`${process?.origin}/api/erp/${what}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ERP_TOKEN}`,
      },
      body: JSON.stringify({ [what]: rows }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.body?.cancel();
  };
  await push(
    "staff",
    people.map((wxUserId) => ({ wxUserId, name: wxUserId, role: "designer" })),
  );
  await push(
    "orders",
    people.map((wxUserId) => ({
      orderId: `O-${wxUserId}`,
      customerName: "客户",
      customerPhone: lastMobile(wxUserId, CONTACTS),
      designerWxUserId: wxUserId,
    })),
  );
}

/** Answers the session's cookie. */
async function signIn(origin: string, who: string): Promise<string> {
  const redirect = "manual" as const;
  const begun = await fetch(`${origin}/auth/login?next=/`, { redirect });
  await begun.body?.cancel();
  const to = new URL(begun.headers.get("location") ?? "");
  const state = to.searchParams.get("state") ?? "";
  const [ticket = ""] = begun.headers.getSetCookie()[0]?.split(";") ?? [];
  const back = await fetch(
    `${origin}/auth/callback?code=code-${who}&state=${state}`,
    { redirect, headers: { cookie: ticket } },
  );
  await back.body?.cancel();
  const session = back.headers.getSetCookie()
    .find((line) => line.startsWith("session="));
  if (back.status !== 302 || !session) throw new Error(`${back.status}`);
  return session.split(";")[0] ?? "";
}

/** Opens the order, and waits until the button is there, as the page does. */
async function open(
  origin: string,
  who: string,
  cookie: string,
): Promise<boolean> {
  const begun = performance.now();
  const headers = {
    cookie,
    origin: ORIGIN,
    "content-type": "application/json",
  };
  const page = await fetch(`${origin}/orders/O-${who}/group`, { headers });
  const html = await page.text();
  if (page.status !== 200) throw new Error(`page ${page.status}`);
  if (/data-testid="error-/.test(html)) {
    throw new Error("the page has an error");
  }
  let saw = /前面还有 \d+ 位/.test(html);
  while (!/data-testid="create-group"/.test(html)) {
    saw = await read(origin, headers) || saw;
    const answer = await fetch(`${origin}/api/runFlow`, {
      method: "POST",
      headers,
      body: JSON.stringify({ flowId: "customer.match", orderId: `O-${who}` }),
    });
    const { data, error } = await answer.json();
    if (error) throw new Error(error);
    if (data.status === "matched") break;
    if (data.status !== "syncing") throw new Error(data.status);
  }
  return saw || performance.now() - begun < LOOK_MS;
}

/** Follows the progress to its end; answers whether there was a place. */
async function read(
  origin: string,
  headers: Record<string, string>,
): Promise<boolean> {
  const response = await fetch(`${origin}/api/contacts/sync`, {
    method: "POST",
    headers,
    body: "{}",
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  const failed = lines.find((line) => line.error);
  if (failed) throw new Error(failed.error);
  return lines.some((line) => line.place > 0);
}

if (import.meta.main) await runAlone(morning);
