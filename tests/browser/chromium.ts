/**
 * Starts a headless Chromium for tests: the one named by `CHROMIUM`, that of the
 * system, or, on a machine with neither, the one that comes from npm with the
 * shared libraries it needs (NSS, NSPR), unpacked into the temporary directory.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const SYSTEM = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

export async function launch(): Promise<Browser> {
  const installed = [Deno.env.get("CHROMIUM"), ...SYSTEM]
    .find((path) => path !== undefined && existsSync(path));
  const options = installed === undefined
    ? await unpack()
    : { executablePath: installed };
  return await chromium.launch({ ...options, args: ARGS });
}

async function unpack() {
  const { default: packed, inflate } = await import("@sparticuz/chromium");
  const module = fileURLToPath(import.meta.resolve("@sparticuz/chromium"));
  const libraries = join(dirname(module), "..", "bin", "al2023.tar.br");
  // Test files run at the same time; the package unpacks without a lock.
  using turn = await Deno.open(join(tmpdir(), "chromium-unpack.lock"), {
    create: true,
    write: true,
  });
  await turn.lock(true);
  const executablePath = await packed.executablePath();
  const env = {
    ...Deno.env.toObject(),
    LD_LIBRARY_PATH: join(await inflate(libraries), "lib"),
  };
  return { executablePath, env };
}
