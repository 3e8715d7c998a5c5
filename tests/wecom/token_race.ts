/**
 * Several real processes that ask WeCom at once, cold, and once more when it calls
 * their token expired in all of them at once.
 */
import { fileURLToPath } from "node:url";
import type { Place } from "../store/cache_support.ts";

export const CALLS = 1_000;

/** What WeCom has seen. */
export interface Race {
  /** Token calls until all had been answered once. */
  cold: number;
  /** Token calls after the token was called expired. */
  expired: number;
  answered: number;
  refused: number;
}

const CHILD = fileURLToPath(new URL("./token_race_child.ts", import.meta.url));

/** Speaks enough of qyapi; holds the processes at `/barrier` until all have come. */
function stub(processes: number) {
  const arrived = new Map<string, (() => void)[]>();
  const seen = { cold: 0, gettoken: 0, answered: 0, refused: 0 };
  /** null: every token of ours is good. */
  let valid: string | null = null;

  let abandoned = false;

  async function barrier(name: string): Promise<void> {
    const waiting = arrived.get(name) ?? [];
    arrived.set(name, waiting);
    if (abandoned || waiting.length === processes - 1) {
      if (name === "expired") {
        seen.cold = seen.gettoken;
        valid = `token-${seen.cold + 1}`;
      }
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
      const token = url.searchParams.get("access_token");
      const good = valid === null || token === valid;
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

/** `CALLS` calls of so many processes over one cache; throws when one fails. */
export async function race(place: Place, processes: number): Promise<Race> {
  await using wecom = stub(processes);
  const outcomes = await Promise.all(
    Array.from({ length: processes }, async () => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--unstable-kv", "--quiet", CHILD],
          JSON.stringify({ place, base: wecom.base, calls: CALLS / processes }),
        ],
        stdout: "null",
        stderr: "piped",
      }).output();
      wecom.abandon();
      return { code, said: new TextDecoder().decode(stderr) };
    }),
  );
  for (const { code, said } of outcomes) if (code !== 0) throw new Error(said);
  const { cold, gettoken, answered, refused } = wecom.seen;
  return { cold, expired: gettoken - cold, answered, refused };
}
