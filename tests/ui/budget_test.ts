/**
 * What a phone has to load before the button lives: measured on the pages as
 * they are served, compressed as a browser would ask for it.
 */
import assert from "node:assert/strict";
import { brotliCompressSync } from "node:zlib";
import { compileStyles } from "../../lib/ui/build_styles.ts";
import { onUpstream } from "../support/fresh.ts";
import { type Client, withApp } from "../support/app.ts";

const KB = 1000;

const brotli = (data: Uint8Array | string) => brotliCompressSync(data).length;

/** Sizes of all scripts that the page loads, by path. */
async function scripts(
  client: Client,
  path: string,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const load = async (text: string, base: string): Promise<void> => {
    const found = text.matchAll(/["'<]([^"'<>\s]+\.js)["'>]/g);
    for (const [, reference = ""] of found) {
      const url = new URL(reference, new URL(base, "http://localhost"));
      // The sandbox's stand-in for the client is no part of the product.
      if (sizes.has(url.pathname) || url.pathname.startsWith("/sandbox/")) {
        continue;
      }
      sizes.set(url.pathname, 0);
      const response = await client.fetch(url.pathname);
      if (!response.ok) throw new Error(`Cannot load ${url.pathname}`);
      const source = await response.text();
      sizes.set(url.pathname, brotli(source));
      await load(source, url.pathname);
    }
  };
  const response = await client.fetch(path);
  assert.equal(response.status, 200);
  await load(
    (response.headers.get("link") ?? "") + await response.text(),
    path,
  );
  return sizes;
}

// Upstream's own client code and the SDK are more than that already.
Deno.test("the order's page loads at most 23 KB of JavaScript, the list none", {
  ignore: onUpstream,
}, async () => {
  await withApp({}, async (app) => {
    const designer = app.as("chenjing");
    const sizes = await scripts(designer, "/orders/demo-xh2611001/group");
    const sum = [...sizes.values()].reduce((total, size) => total + size, 0);
    assert.ok(sizes.size >= 2, "the page has an island");
    assert.ok(sum <= 23 * KB, `${sum} bytes: ${JSON.stringify([...sizes])}`);
    assert.deepEqual(await scripts(designer, "/"), new Map());
  });
});

Deno.test("the stylesheet has at most 8 KB", async () => {
  const css = await compileStyles();
  const size = brotli(css);
  assert.ok(size <= 8 * KB, `${size} bytes`);
  // The content policy lets no image in a stylesheet come from elsewhere.
  assert.doesNotMatch(css, /url\((?!["']?data:)/);
});
