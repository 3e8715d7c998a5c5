/**
 * Starts a headless Chromium for tests: the one named by `CHROMIUM`, that of the
 * system, or, on a machine with neither, the one that comes from npm with the
 * shared libraries it needs (NSS, NSPR), unpacked into the temporary directory.
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "../support/playwright.ts";

const PACKED = new URL("../tools/chromium/", import.meta.url);

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
  // Test files run at the same time; the package unpacks without a lock.
  using turn = await Deno.open(join(tmpdir(), "chromium-unpack.lock"), {
    create: true,
    write: true,
  });
  await turn.lock(true);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "unpack.ts"],
    cwd: fileURLToPath(PACKED),
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot unpack Chromium");
  const { executablePath, libraries } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const env = { ...Deno.env.toObject(), LD_LIBRARY_PATH: libraries };
  return { executablePath, env };
}
