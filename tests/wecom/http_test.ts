/**
 * The client over real sockets and real timers, with Deno's own errors, which quote the whole URL:
 * whatever the other side does, one clear error within the time, nothing secret in it, nothing left open.
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { silentLog } from "../../lib/http/log.ts";
import {
  createWecomClient,
  getFollowUserList,
  WecomError,
} from "../../lib/wecom/mod.ts";
import { fakeClock, memoryCache, SECRET } from "./support.ts";

const TOKEN = "tOkEn0123456789abcdefABCDEF0123456789";

/** Answers each connection with these bytes, and then hangs up or holds the line. */
function peer(bytes: string, then: "hang up" | "hold") {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const open: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const conn of listener) {
      const request = new Uint8Array(4096);
      const length = await conn.read(request) ?? 0;
      asked.push(new TextDecoder().decode(request.subarray(0, length)));
      await conn.write(new TextEncoder().encode(bytes));
      if (then === "hold") open.push(conn);
      else conn.close();
    }
  })();
  return {
    base: `http://127.0.0.1:${listener.addr.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const conn of open) conn.close();
      listener.close();
      await serving;
    },
  };
}

async function failureAt(base: string): Promise<WecomError> {
  const clock = fakeClock();
  using store = await memoryCache(clock);
  const token = { errcode: 0, access_token: TOKEN, expires_in: 7200 };
  const client = createWecomClient({
    corpId: "ww01",
    agentId: "1000002",
    secret: new Secret(SECRET),
    apiBase: base,
    fetch: (url, init) =>
      String(url).includes("gettoken")
        ? Promise.resolve(Response.json(token))
        : fetch(url, init),
    now: clock.now,
    random: Math.random,
    sleep: clock.sleep,
    log: silentLog,
    cache: store.cache,
  });
  try {
    await client.call({ ...getFollowUserList, timeoutMs: 100 }, undefined);
  } catch (error) {
    assert.ok(error instanceof WecomError);
    const text = Deno.inspect(error, { depth: 10 }) + error.stack;
    for (const secret of [TOKEN, SECRET, "access_token="]) {
      assert.ok(!text.includes(secret), text);
    }
    return error;
  }
  assert.fail("nothing was thrown");
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";

Deno.test("a server that accepts and says nothing is left in time", async () => {
  await using server = peer("", "hold");
  assert.equal((await failureAt(server.base)).failure, "timeout");
});

Deno.test("a server that begins an answer and never ends it is left in time", async () => {
  await using server = peer(`${HEAD}{"errcode":0`, "hold");
  assert.equal((await failureAt(server.base)).failure, "timeout");
});

Deno.test("a server that breaks off is asked once more", async () => {
  await using server = peer(`${HEAD}{"errcode":0`, "hang up");
  assert.equal((await failureAt(server.base)).failure, "network");
  assert.equal(server.asked.length, 2);
});

Deno.test("a server that is gone leaves its reason, cleaned, as the cause", async () => {
  const server = peer("", "hang up");
  await server[Symbol.asyncDispose]();
  const error = await failureAt(server.base);
  assert.equal(error.failure, "network");
  assert.match(Deno.inspect(error.cause), /get_follow_user_list\).*refused/);
});

Deno.test("a redirect is not followed with the token in hand", async () => {
  const head = "HTTP/1.1 301 Moved\r\nlocation: /elsewhere\r\n";
  await using server = peer(
    `${head}content-length: 0\r\nconnection: close\r\n\r\n`,
    "hang up",
  );
  assert.equal((await failureAt(server.base)).status, 301);
  assert.equal(server.asked.length, 1);
});
