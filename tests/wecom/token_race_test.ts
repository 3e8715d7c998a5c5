/**
 * Several real processes, cold, all at once: WeCom must see one gettoken. And later, when it calls that
 * token expired in all of them at once, one more.
 */
import assert from "node:assert/strict";
import {
  type Place,
  withKvFile,
  withPostgres,
} from "../store/cache_support.ts";

const CALLS = 1_000;

/** Speaks enough of qyapi; holds the processes at `/barrier` until all have come. */
function stub(processes: number) {
  const arrived = new Map<string, (() => void)[]>();
  const seen = { gettoken: 0, answered: 0, refused: 0 };
  let valid = "token-1";

  let abandoned = false;

  async function barrier(name: string): Promise<void> {
    const waiting = arrived.get(name) ?? [];
    arrived.set(name, waiting);
    if (abandoned || waiting.length === processes - 1) {
      if (name === "expired") valid = "token-2";
      for (const go of waiting) go();
      return;
    }
    await new Promise<void>((go) => waiting.push(go));
  }

  /** One has gone: nobody is to wait for it. */
  function abandon(): void {
    abandoned = true;
    for (const go of [...arrived.values()].flat()) go();
  }

  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const url = new URL(request.url);
      if (url.pathname === "/barrier") {
        await barrier(url.searchParams.get("name") ?? "");
        return new Response();
      }
      if (url.pathname === "/cgi-bin/gettoken") {
        const access_token = `token-${++seen.gettoken}`;
        // Long enough for everybody else to ask as well, if they would.
        await new Promise((done) => setTimeout(done, 100));
        return Response.json({
          errcode: 0,
          errmsg: "ok",
          access_token,
          expires_in: 7200,
        });
      }
      const good = url.searchParams.get("access_token") === valid;
      if (good) seen.answered++;
      else seen.refused++;
      return Response.json(
        good
          ? { errcode: 0, follow_user: [] }
          : { errcode: 42001, errmsg: "expired" },
      );
    },
  );
  const { port } = server.addr;
  return {
    base: `http://127.0.0.1:${port}`,
    seen,
    abandon,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function race(place: Place, processes: number): Promise<void> {
  await using wecom = stub(processes);
  const child = new URL("./token_race_child.ts", import.meta.url);
  const outcomes = await Promise.all(
    Array.from({ length: processes }, async () => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--unstable-kv",
          "--quiet",
          child.href,
          JSON.stringify({ place, base: wecom.base, calls: CALLS / processes }),
        ],
        stdout: "null",
        stderr: "piped",
      }).output();
      wecom.abandon();
      return { code, said: new TextDecoder().decode(stderr) };
    }),
  );
  for (const { code, said } of outcomes) assert.equal(code, 0, said);
  assert.equal(
    wecom.seen.gettoken,
    2,
    "one at the start, one after the expiry",
  );
  assert.equal(wecom.seen.answered, CALLS * 2);
  // Only those in flight may have met the expiry, and each process notices for itself.
  assert.ok(
    wecom.seen.refused >= 1 && wecom.seen.refused <= processes * 4,
    `${wecom.seen.refused}`,
  );
}

Deno.test("1,000 calls of four processes over one KV file ask for one token", () =>
  withKvFile((place) => race(place, 4)));

for (const processes of [2, 4]) {
  Deno.test(`1,000 calls of ${processes} processes over Postgres ask for one token`, () =>
    withPostgres((place) => race(place, processes)));
}
