/** The product as a process that is to stop. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { build, type Product, start, WAYS } from "../support/product.ts";

export const ERP = "erp-token-of-the-stop-test";
/** Generous: a machine with other work on it is late by seconds. */
const SOON_MS = 10_000;

export async function withProduct(
  way: keyof typeof WAYS,
  fn: (product: Product) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await build();
  const dataDir = await Deno.makeTempDir();
  const given = { DATA_DIR: dataDir, ERP_INBOUND_TOKEN: ERP, ...env };
  const product = await start(given, WAYS[way]);
  try {
    await isReady(product);
    await fn(product);
  } finally {
    product.kill();
    await product.ended;
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** What is not open yet when it is to stop is another case. */
async function isReady({ origin, text }: Product): Promise<void> {
  for (let turn = 0; turn < 60; turn++) {
    const response = await fetch(`${origin}/readyz`);
    await response.text();
    if (response.ok) return;
  }
  assert.fail(text());
}

/** The same on a database of its own, with its URL. */
export function onDatabase(
  way: keyof typeof WAYS,
  fn: (product: Product, url: string) => Promise<void>,
  env: Record<string, string> = { SANDBOX: "1" },
): Promise<void> {
  return withDatabase(({ url }) =>
    withProduct(way, (product) => fn(product, url), {
      DATABASE_URL: url,
      CACHE_STORE: "postgres",
      ...env,
    })
  );
}

/** Ends it, and fails when that takes too long or the exit code is not 0. */
export async function endsSoon(product: Product): Promise<void> {
  const begun = performance.now();
  assert.equal(await product.stop(), 0, product.text());
  const ms = performance.now() - begun;
  assert.ok(ms < SOON_MS, `${ms} ms: ${product.text()}`);
}

/** So long a stop may take here. */
export function isSoon(ms: number): boolean {
  return ms < SOON_MS;
}
