/**
 * The same route and page on bare Hono: the session is opened, the same
 * statements are asked in the same waves, the same answer is sent. No log, no
 * checks, no rights, no headers. A script; its argument is a `Bare` as JSON.
 */
import postgres from "postgres";
import { renderToString } from "npm:preact-render-to-string@^6.6.3";
import {
  createSealer,
  openSession,
  type Sealer,
} from "../../lib/auth/session.ts";
import { Secret } from "../../lib/config/secret.ts";
import type { GroupPageModel } from "../../lib/ui/model.ts";
import { GroupPage } from "../../lib/ui/pages/group_page.tsx";
import { serveChild } from "./child.ts";
import { createHono, getCookie, type Hono } from "./hono.ts";
import type { Heard } from "./wiretap.ts";

export interface Bare {
  databaseUrl: string;
  session: { mode: "wecom"; corpId: string; origin: string; secret: string };
  /** `order.get`: its statements in waves, and its answer. */
  route: { waves: Heard[][]; answer: unknown };
  page: { waves: Heard[][]; model: GroupPageModel };
}

const CONNECTIONS = 10;

function appOf(bare: Bare): Hono {
  const sql = postgres(bare.databaseUrl, {
    max: CONNECTIONS,
    fetch_types: false,
    onnotice: () => {},
  });
  const sealer = sealerOf(bare);
  const app = createHono();
  const ask = async (waves: Heard[][]) => {
    for (const wave of waves) {
      await Promise.all(
        wave.map(({ text, values }) =>
          sql.unsafe(text, values, { prepare: true })
        ),
      );
    }
  };
  app.use(async (c, next) => {
    const session = await openSession(
      sealer,
      getCookie(c, "session"),
      Date.now,
    );
    return session ? await next() : c.json({ error: "UNAUTHENTICATED" }, 401);
  });
  app.post("/api/runFlow", async (c) => {
    await c.req.json();
    await ask(bare.route.waves);
    return c.json({ code: 1, data: bare.route.answer });
  });
  app.get("/orders/:orderId/group", async (c) => {
    await ask(bare.page.waves);
    const { model } = bare.page;
    return c.html(
      `<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"></head><body>` +
        renderToString(<GroupPage model={model} sandbox={false} />) +
        `<script type="application/json">${JSON.stringify(model)}</script>` +
        `<script type="module" src="/page.js"></script></body></html>`,
    );
  });
  return app;
}

function sealerOf({ session }: Bare): Sealer {
  const { mode, corpId, origin, secret } = session;
  const wecom = { corpId } as Parameters<typeof createSealer>[0]["wecom"];
  const sessionSecret = new Secret(secret);
  return createSealer({
    ...{ mode, wecom, publicOrigin: origin, sessionSecret },
    sessionSecretPrevious: null,
  }, Date.now);
}

if (import.meta.main) {
  const app = appOf(JSON.parse(Deno.args[0] ?? ""));
  serveChild((request) => app.fetch(request));
}
