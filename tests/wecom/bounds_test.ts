/**
 * Answers that are larger than any answer is, over real sockets: no more of them
 * is read than it takes to know. And texts that regular expressions choke on.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { clean, getFollowUserList, WecomError } from "../../lib/wecom/mod.ts";
import { refused } from "../../lib/wecom/error.ts";
import { collect, TooLarge } from "../../lib/http/collect.ts";
import { clientWith, fakeClock, memoryCache } from "./support.ts";

const MB = 1024 * 1024;

async function failureOf(answer: () => Response): Promise<WecomError> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    answer,
  );
  const clock = fakeClock();
  using store = await memoryCache(clock);
  const base = `http://127.0.0.1:${server.addr.port}`;
  const client = clientWith(
    {
      fetch: (url, init) =>
        String(url).includes("gettoken")
          ? Promise.resolve(
            Response.json({ errcode: 0, access_token: "t", expires_in: 7200 }),
          )
          : fetch(url, init),
    },
    clock,
    store.cache,
    { apiBase: base },
  );
  try {
    await client.call(getFollowUserList, undefined);
  } catch (error) {
    assert.ok(error instanceof WecomError);
    return error;
  } finally {
    await server.shutdown();
  }
  assert.fail("nothing was thrown");
}

Deno.test("an answer without an end is left after 8 MB", async () => {
  let sent = 0;
  const piece = new TextEncoder().encode(" ".repeat(64 * 1024));
  const error = await failureOf(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += piece.byteLength;
          controller.enqueue(piece);
        },
      }),
    )
  );
  assert.equal(error.failure, "garbage");
  // What the sockets in between have taken is beyond it, and no more.
  assert.ok(sent < 64 * MB, `${sent} bytes`);
});

Deno.test("an answer that unpacks to more than 8 MB is left there", async () => {
  const packed = Uint8Array.from(gzipSync(new Uint8Array(64 * MB)));
  const error = await failureOf(() =>
    new Response(packed, { headers: { "content-encoding": "gzip" } })
  );
  assert.equal(error.failure, "garbage");
  assert.match(error.message, /8388608/);
});

Deno.test("a body that says it is too large is not read at all", async () => {
  let read = 0;
  const body = new ReadableStream({
    pull(controller) {
      read += 1;
      controller.enqueue(new Uint8Array(1));
    },
  }, { highWaterMark: 0 });
  const headers = { "content-length": String(9 * MB) };
  await assert.rejects(
    collect(new Response(body, { headers }), 8 * MB),
    TooLarge,
  );
  assert.equal(read, 0);
});

Deno.test("a body that says it is small is counted all the same", async () => {
  const response = new Response(new Uint8Array(101), {
    headers: { "content-length": "7" },
  });
  await assert.rejects(collect(response, 100), TooLarge);
  assert.equal((await collect(new Response(null), 0)).byteLength, 0);
  const whole = new Response(new Uint8Array(100));
  assert.equal((await collect(whole, 100)).byteLength, 100);
});

for (
  const unit of [
    " ",
    ",",
    "?",
    "1",
    "86 ",
    "-",
    "from ip:",
    "more info at ",
    "a1",
  ]
) {
  Deno.test(`a megabyte of ${JSON.stringify(unit)} as an error text holds nobody up`, () => {
    const text = unit.repeat(Math.ceil(MB / unit.length));
    const before = performance.now();
    const error = refused("x", 60020, text, ["secret-of-ours"]);
    // Without the cut this takes minutes.
    assert.ok(performance.now() - before < 5_000);
    assert.ok(error.message.length < 1_000);
  });
}

Deno.test("a secret is taken out of a long text before that is cut", () => {
  const secret = "s3cret-of-the-app";
  for (const at of [0, 290, 1_990, 1_999]) {
    const text = "密".repeat(at) + secret + "钥".repeat(5_000);
    const said = clean(text, [secret]);
    assert.ok(!said.includes("s3c"), said.slice(-30));
    assert.ok(said.length <= 300);
  }
});
