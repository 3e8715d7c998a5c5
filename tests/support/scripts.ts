/** What a page loads of JavaScript, as a browser would ask for it. */
import { brotliCompressSync } from "node:zlib";
import type { Client } from "./app.ts";

export const brotli = (data: Uint8Array | string) =>
  brotliCompressSync(data).length;

/** Sizes of all scripts that the page at `path` loads, compressed, by their paths. */
export async function scriptsOf(
  client: Client,
  path: string,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const load = async (text: string, base: string): Promise<void> => {
    const found = text.matchAll(/["'<]([^"'<>\s]+\.js)(?:\?[^"'<>\s]*)?["'>]/g);
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
  if (!response.ok) throw new Error(`Cannot load ${path}`);
  await load(
    (response.headers.get("link") ?? "") + await response.text(),
    path,
  );
  return sizes;
}
