/**
 * A build on disk: `_fresh/server.js` answers like the app, static files have
 * the caching they should, and `deno serve` runs it.
 */
import assert from "node:assert/strict";
import { Builder } from "fresh/dev";
import { asset } from "fresh/runtime";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { onUpstream } from "../support/fresh.ts";

const ROOT = new URL("./fixture", import.meta.url);
const outDir = await Deno.makeTempDir({ prefix: "fresh-" });
const builder = new Builder({ root: ROOT.href, outDir, target: "es2020" });
await builder.build();
const server: Deno.ServeDefaultExport =
  (await import(`file://${outDir}/server.js`)).default;

Deno.test.afterAll(async () => {
  await Deno.remove(outDir, { recursive: true });
});

const info = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 1 },
  completed: Promise.resolve(),
} as const;

async function ask(path: string, init?: RequestInit): Promise<Response> {
  return await server.fetch(
    new Request(new URL(path, "http://localhost"), init),
    info,
  );
}

Deno.test("the server entry answers with pages and the islands' chunks", async () => {
  const page = await ask("/counter");
  assert.match(await page.text(), /frsh:island:Counter:0/);
  const url = page.headers.get("link")?.match(/<([^>]+)>/)?.[1] ?? "";
  const chunk = await ask(url);
  assert.equal(chunk.status, 200);
  assert.equal(
    chunk.headers.get("cache-control"),
    "public, max-age=31536000, immutable",
  );
  assert.match(chunk.headers.get("content-type") ?? "", /^text\/javascript/);
  assert.match(await chunk.text(), /export/);
});

Deno.test("a static file is served with its type, size and tag, and not cached", async () => {
  const res = await ask("/style.css");
  const body = await res.text();
  assert.equal(res.status, 200);
  assert.match(body, /color: black/);
  assert.match(res.headers.get("content-type") ?? "", /^text\/css/);
  assert.equal(res.headers.get("content-length"), String(body.length));
  assert.match(res.headers.get("etag") ?? "", /^W\/".+"$/);
  assert.equal(
    res.headers.get("cache-control"),
    "no-cache, no-store, max-age=0, must-revalidate",
  );
});

Deno.test(
  "what is text comes compressed by the build, as the client takes it",
  {
    ignore: onUpstream,
  },
  async () => {
    const page = await ask("/counter");
    await page.body?.cancel();
    const links = page.headers.get("link")?.matchAll(/<([^>]+)>/g) ?? [];
    // The largest of them; what is small is not worth it.
    let [chunk, plain] = ["", ""];
    for (const [, url = ""] of links) {
      const text = await (await ask(url)).text();
      if (text.length > plain.length) [chunk, plain] = [url, text];
    }
    const get = (accepted: string) =>
      ask(chunk, { headers: { "accept-encoding": accepted } });
    for (
      const [accepted, encoding] of [
        ["gzip, deflate, br, zstd", "br"],
        ["gzip, br;q=0", "gzip"],
        ["br;q=0.5", "br"],
        ["gzip;q=0, deflate", null],
      ] as const
    ) {
      const res = await get(accepted);
      const body = new Uint8Array(await res.arrayBuffer());
      const { headers } = res;
      assert.equal(headers.get("content-encoding"), encoding, accepted);
      assert.match(headers.get("vary") ?? "", /accept-encoding/i);
      assert.equal(headers.get("content-length"), String(body.byteLength));
      const unpacked = encoding === "br"
        ? brotliDecompressSync(body)
        : encoding === "gzip"
        ? gunzipSync(body)
        : body;
      assert.equal(new TextDecoder().decode(unpacked), plain);
      if (encoding) assert.ok(body.byteLength < plain.length / 1.5);
    }
  },
);

Deno.test("a file that the client has is answered with 304", async () => {
  const first = await ask("/style.css");
  await first.body?.cancel();
  const tag = first.headers.get("etag") ?? "";
  const again = await ask("/style.css", { headers: { "if-none-match": tag } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
  const other = await ask("/style.css", {
    headers: { "if-none-match": 'W/"x"' },
  });
  assert.equal(other.status, 200);
  await other.body?.cancel();
});

Deno.test("HEAD of a file tells its size without the content", async () => {
  const res = await ask("/style.css", { method: "HEAD" });
  assert.equal(res.status, 200);
  assert.ok(Number(res.headers.get("content-length")) > 0);
  assert.equal(await res.text(), "");
});

Deno.test("a URL with this build's id is kept for a year, one with another is sent on", async () => {
  const url = asset("/logo.svg");
  assert.match(url, /^\/logo\.svg\?__frsh_c=\w+$/);
  const res = await ask(url);
  assert.equal(
    res.headers.get("cache-control"),
    "public, max-age=31536000, immutable",
  );
  assert.match(await res.text(), /<svg/);
  const stale = await ask("/logo.svg?__frsh_c=old&a=1");
  assert.equal(stale.status, 307);
  assert.equal(stale.headers.get("location"), "/logo.svg?a=1");
});

Deno.test("file names may need encoding; hidden files stay hidden, .well-known does not", async () => {
  assert.equal(await (await ask("/文 件/a,b.txt")).text(), "named\n");
  assert.equal(
    await (await ask("/%E6%96%87%20%E4%BB%B6/a%2Cb.txt")).text(),
    "named\n",
  );
  assert.equal(await (await ask("/.well-known/app.json")).text(), "{}\n");
  assert.equal((await ask("/.secret")).status, 404);
});

Deno.test("no path leads out of the static files", async () => {
  for (
    const path of [
      "/..%2fmain.ts",
      "/%2e%2e/main.ts",
      "/static/..%2f..%2fmain.ts",
      "/..%5cmain.ts",
      "/%00",
      "/style.css%00",
      "//etc/passwd",
      "/routes/index.tsx",
    ]
  ) {
    const res = await ask(path);
    assert.equal(res.status, 404, path);
    await res.body?.cancel();
  }
});

Deno.test("a file answers GET and HEAD only", async () => {
  assert.equal((await ask("/style.css", { method: "POST" })).status, 405);
});

Deno.test("no favicon is a short 404", async () => {
  const res = await ask("/favicon.ico");
  assert.equal(res.status, 404);
  assert.equal(await res.text(), "");
});

Deno.test("deno serve runs the build; a client that goes away does no harm", async () => {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const permissions = ["--allow-net", "--allow-read", "--allow-env"];
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "--port=0",
      "--host=127.0.0.1",
      `--config=${config}`,
      ...permissions,
      `${outDir}/server.js`,
    ],
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const lines = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let log = "";
    let origin: string | undefined;
    while (origin === undefined) {
      const { value, done } = await lines.read();
      assert.ok(!done, log);
      log += value;
      origin = log.match(/http:\/\/[\d.]+:\d+/)?.[0];
    }
    const gone = new AbortController();
    const lost = await fetch(`${origin}/slow`, { signal: gone.signal });
    const body = lost.body?.getReader();
    await body?.read();
    gone.abort();
    await assert.rejects(async () => {
      while (await body?.read());
    });
    const res = await fetch(`${origin}/admin`);
    assert.match(await res.text(), /<p>main root admin<\/p>/);
  } finally {
    process.kill();
    await lines.cancel();
    await process.status;
  }
});
