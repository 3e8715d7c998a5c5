/**
 * A storm of callbacks over HTTP, with repetitions, out of order, among
 * forgeries: each event counts once, and WeCom never waits for long.
 */
import { withApp } from "../support/app.ts";
import { storm, stormEnv } from "../inbox/storm.ts";
import { stormWorld } from "../inbox/storm_world.ts";
import { type Bench, round, runAlone, sized } from "./row.ts";

const LATENCY_MS = 15;
const AT_ONCE = 16;
const SEED = 7;
const SHOWN = 10;
/** WeCom gives up after 5 s (doc 90930). */
const P99_MS = 200;

export const events: Bench = async ({ quick, say }) => {
  const many = quick ? 500 : 10_000;
  return await withApp({ env: stormEnv, seed: stormWorld }, async (app) => {
    app.sandbox.world.settings.latencyMs = LATENCY_MS;
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      app.handler,
    );
    try {
      const result = await storm(app, {
        events: many,
        post: fetch,
        url: `http://127.0.0.1:${server.addr.port}/api/wecom/callback`,
        atOnce: AT_ONCE,
        seed: SEED,
      });
      for (const one of result.differences.slice(0, SHOWN)) say(one);
      for (const [kind, times] of Object.entries(result.wrong)) {
        say(`answered wrongly: ${kind}, ${times} times`);
      }
      const { distinct, stored, settled, latency } = result;
      const { expected, found } = result.transfersTold;
      const wrong = Object.values(result.wrong).reduce((a, b) => a + b, 0);
      const of = `of ${sized(many)} events`;
      const none = { most: 0 };
      return [
        row(`callbacks answered wrongly, ${of}`, wrong, "answers", none),
        row(
          `events lost or stored twice, ${of}`,
          Math.abs(stored - distinct),
          "events",
          none,
        ),
        row(`events left unsettled, ${of}`, stored - settled, "events", none),
        row(
          `failed transfers not told once, ${of}`,
          Math.abs(expected - found),
          "transfers",
          none,
        ),
        row(
          `differences between mirror and company, ${of}`,
          result.differences.length,
          "differences",
          none,
        ),
        row(`answer to a callback, ${of}, p99`, round(latency.p99), "ms", {
          most: P99_MS,
        }),
        row(
          `callbacks answered a second, ${of}`,
          round(result.sent / (result.ms / 1000)),
          "/s",
          null,
        ),
      ];
    } finally {
      await server.shutdown();
    }
  });
};

function row(
  name: string,
  value: number,
  unit: string,
  limit: { most: number } | null,
) {
  return { name, value, unit, limit };
}

if (import.meta.main) await runAlone(events);
