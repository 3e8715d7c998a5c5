/**
 * What the app takes beside what it would be without it: an API route and the
 * order's page against bare Hono with the same statements and session, and a
 * click against the original document's way. In turns, in one run. Upstream Fresh
 * cannot be had where only the npm registry is reached: it is not measured here.
 */
import { Secret } from "../../lib/config/secret.ts";
import { sealSession } from "../../lib/auth/session.ts";
import { openGroupPage } from "../../lib/groups/open_page.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { type Client, ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll } from "../support/company.ts";
import { countStatements, letSleep } from "../support/statements.ts";
import { createCluster, freePort } from "../storm/cluster.ts";
import type { Bare } from "./bare_hono.tsx";
import { type Child, startChild } from "./child.ts";
import {
  CONTACTS_FLOW,
  type DocumentsWay,
  fillItsTables,
  ORDER_FLOW,
} from "./documents_way.ts";
import { load, request } from "./load.ts";
import { type Bench, median, round, type Row, runAlone, sized } from "./row.ts";
import {
  CORP,
  DESIGNER,
  mobileOf,
  standInEnv,
  startStandIn,
} from "./stand_in.ts";
import { type Heard, tapWire } from "./wiretap.ts";

const PEOPLE = 16;
const CUSTOMER = 7;
const SESSION_SECRET = "session-secret-of-the-bench-0123456789abcdef";

interface Size {
  contacts: number;
  rounds: number;
  ms: number;
}

const FULL: Size = { contacts: 3_000, rounds: 9, ms: 3_000 };
const QUICK: Size = { contacts: 300, rounds: 3, ms: 700 };

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

/** What is asked of the product, and what it asks of the database for each. */
async function overhear(
  databaseUrl: string,
  env: Record<string, string>,
): Promise<{ bare: Bare; asked: Awaited<ReturnType<typeof requestsOf>> }> {
  const tap = tapWire(databaseUrl);
  try {
    return await withApp(
      { env: { ...env, DATABASE_URL: tap.url } },
      async (app) => {
        await pushAll(app, [order({ customerPhone: mobileOf(CUSTOMER) })]);
        const client = app.as(DESIGNER);
        const route = async () => {
          const answer = await client.flow("order.get", { orderId: "O1" });
          if (answer.status !== 200) throw new Error(JSON.stringify(answer));
          return answer.data;
        };
        const page = async () => {
          const response = await client.fetch("/orders/O1/group");
          const html = await response.text();
          if (!html.includes(`客户${CUSTOMER}`)) throw new Error(html);
        };
        letSleep(app);
        await contactsRead(client);
        for (let turn = 0; turn < 3; turn++) await page().then(route);
        const { services } = app;
        const actor = await services.staff.find(DESIGNER);
        if (!actor) throw new Error("The designer is no staff");
        const url = new URL(`${ORIGIN}/orders/O1/group`);
        const caller = { actor, requestId: "bench" };
        const { model } = await openGroupPage(services, caller, url, "O1");
        const bare: Bare = {
          databaseUrl,
          session: {
            mode: "wecom",
            corpId: CORP.corpId,
            origin: ORIGIN,
            secret: SESSION_SECRET,
          },
          route: {
            waves: await wavesOf(route, tap.heard),
            answer: await route(),
          },
          page: { waves: await wavesOf(page, tap.heard), model },
        };
        return { bare, asked: await requestsOf(app) };
      },
    );
  } finally {
    tap.close();
  }
}

/** A first sync that takes long is asked for again, as the page does. */
async function contactsRead(client: Client): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    const { data } = await client.flow("customer.match", { orderId: "O1" });
    if (data?.status === "matched") return;
  }
  throw new Error("The contacts are not read");
}

/** They come over the wire wave by wave. */
async function wavesOf(
  ask: () => Promise<unknown>,
  heard: () => Heard[],
): Promise<Heard[][]> {
  heard();
  const { waves } = await countStatements(ask);
  const all = heard();
  if (all.length === 0 || all.length !== waves.flat().length) {
    throw new Error(`${waves.flat().length} asked, ${all.length} heard`);
  }
  return waves.map((wave) => all.splice(0, wave.length));
}

async function requestsOf({ services }: TestApp) {
  const session = await sealSession(services.sealer, { wxUserId: DESIGNER });
  const headers = {
    host: new URL(ORIGIN).host,
    cookie: `session=${session}`,
  };
  const body = JSON.stringify({ flowId: "order.get", orderId: "O1" });
  return {
    page: request("GET", "/orders/O1/group", headers),
    route: request("POST", "/api/runFlow", {
      ...headers,
      origin: ORIGIN,
      "content-type": "application/json",
    }, body),
  };
}

interface Measured {
  click: string[];
  ours: Child;
  size: Size;
  say(line: string): void;
}

async function against(
  hono: Child,
  what: string,
  { click, ours, size: { rounds, ms }, say }: Measured,
): Promise<Row> {
  const ratios: number[] = [];
  // The first round warms both up.
  for (let turn = 0; turn <= rounds; turn++) {
    const [us, bare] = [
      await load({ port: ours.port, click, people: PEOPLE, ms }),
      await load({ port: hono.port, click, people: PEOPLE, ms }),
    ];
    if (turn === 0) continue;
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

async function againstDocument(
  document: Child,
  wecom: { calls(): Promise<number> },
  { click, ours, size: { contacts, rounds, ms }, say }: Measured,
): Promise<Row[]> {
  const flow = (flowId: string, input: object) =>
    request(
      "POST",
      "/api/runFlow",
      { host: "localhost", "content-type": "application/json" },
      JSON.stringify({ flowId, ...input }),
    );
  const itsClick = [
    flow(ORDER_FLOW, { orderId: "O1" }),
    flow(CONTACTS_FLOW, { wxUserId: DESIGNER }),
  ];
  const ratios: number[] = [];
  const waits: [number[], number[]] = [[], []];
  const calls: [number, number] = [0, 0];
  const clicks: [number, number] = [0, 0];
  for (let turn = 0; turn <= rounds; turn++) {
    // It gets slower with each person more: two are kind to it.
    const [us, them] = [
      await load({ port: ours.port, click, people: 2, ms }),
      await wecom.calls(),
    ];
    const its = await load({
      port: document.port,
      click: itsClick,
      people: 2,
      ms,
    });
    const itsCalls = await wecom.calls();
    if (turn === 0) continue;
    ratios.push(us.clicksPerSecond / its.clicksPerSecond);
    waits[0].push(us.p50Ms);
    waits[1].push(its.p50Ms);
    calls[0] += them;
    calls[1] += itsCalls;
    clicks[0] += us.clicks;
    clicks[1] += its.clicks;
    say(
      `a click: ${Math.round(us.clicksPerSecond)} a second, the document's ` +
        `${round(its.clicksPerSecond)}`,
    );
  }
  const of = `${sized(contacts)} contacts`;
  const row = (
    name: string,
    value: number,
    unit: string,
    limit: Row["limit"],
  ) => ({
    ...{ name: `${name}, ${of}`, value: round(value), unit, limit },
  });
  return [
    row("clicks a second / the document's way", median(ratios), "x", {
      least: 1,
    }),
    row("a click here, p50", median(waits[0]), "ms", null),
    row("a click the document's way, p50", median(waits[1]), "ms", null),
    row("calls to WeCom of a click here", calls[0] / clicks[0], "calls", {
      most: 0,
    }),
    row(
      "calls to WeCom of a click the document's way",
      calls[1] / clicks[1],
      "calls",
      null,
    ),
  ];
}

if (import.meta.main) await runAlone(throughput);
