/**
 * What is asked of the product in the measurements of throughput, and what it asks
 * of the database for that: heard on the wire, so that bare Hono can ask the same.
 */
import { sealSession } from "../../lib/auth/session.ts";
import { openGroupPage } from "../../lib/groups/open_page.ts";
import { type Client, ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll } from "../support/company.ts";
import { countStatements, letSleep } from "../support/statements.ts";
import type { Bare } from "./bare_hono.tsx";
import { request } from "./load.ts";
import { CORP, DESIGNER, mobileOf } from "./stand_in.ts";
import { type Heard, tapWire } from "./wiretap.ts";

/** Whose contact the order's customer is. */
const CUSTOMER = 7;

/** Requests as they go over the wire. */
export interface Asked {
  page: string;
  route: string;
}

/** What is asked of the product, and what it asks of the database for each. */
export async function overhear(
  databaseUrl: string,
  env: Record<string, string> & { SESSION_SECRET: string },
): Promise<{ bare: Bare; asked: Asked }> {
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
            secret: env.SESSION_SECRET,
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

async function requestsOf({ services }: TestApp): Promise<Asked> {
  const session = await sealSession(
    services.sealer,
    { wxUserId: DESIGNER },
    Date.now,
  );
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
