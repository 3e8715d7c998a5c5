/** A relay that has just begun: whoever waits for it is told when it takes requests. */
import assert from "node:assert/strict";
import { createLog } from "../../lib/http/log.ts";
import { createRelay } from "../../lib/relay/relay.ts";
import { KEY, PATH, signed } from "./support.ts";

Deno.test("A relay is up when it takes what is signed then, not before", async () => {
  // Signatures are judged by the real time: they hold for half a minute.
  const start = Math.floor(Date.now() / 1_000) * 1_000 - 9_700;
  let at = start;
  const relay = createRelay({
    secrets: [KEY],
    upstream: "http://wecom",
    fetch: () => Promise.resolve(Response.json({ errcode: 0 })),
    now: () => at,
    log: createLog("error", () => {}),
  });
  const answers: [health: number, call: number][] = [];
  for (const later of [0, 1_000, 2_000, 2_800, 4_000]) {
    at = start + later;
    const health = await relay(new Request("http://relay/healthz"));
    await health.body?.cancel();
    const { headers, body } = await signed({ at });
    const call = await relay(
      new Request(`http://relay${PATH}`, { method: "POST", headers, body }),
    );
    await call.body?.cancel();
    answers.push([health.status, call.status]);
  }
  assert.deepEqual(answers, [
    [503, 503],
    [503, 503],
    [503, 503],
    [200, 200],
    [200, 200],
  ]);
});
