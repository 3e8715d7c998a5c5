/**
 * Starts a headless Chromium for tests: the one named by `CHROMIUM`, that of the
 * system, or, on a machine with neither, the one that comes from npm with the
 * shared libraries it needs (NSS, NSPR), unpacked into the temporary directory.
 */
import { createHash } from "node:crypto";
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

interface Unpacked {
  executablePath: string;
  libraries: string;
}

async function unpack() {
  const { executablePath, libraries } = await unpacked();
  const env = { ...Deno.env.toObject(), LD_LIBRARY_PATH: libraries };
  return { executablePath, env };
}

/** Once on a machine for each version: it takes longer than the browser's start. */
async function unpacked(): Promise<Unpacked> {
  const lock = await Deno.readTextFile(new URL("deno.lock", PACKED));
  const version = createHash("sha256").update(lock).digest("hex").slice(0, 8);
  const note = join(tmpdir(), `chromium-${version}.json`);
  // Test files run at the same time; the package unpacks without a lock.
  using turn = await Deno.open(join(tmpdir(), "chromium-unpack.lock"), {
    create: true,
    write: true,
  });
  await turn.lock(true);
  try {
    const known: Unpacked = JSON.parse(await Deno.readTextFile(note));
    const paths = [known.executablePath, known.libraries];
    if (paths.every((path) => existsSync(path))) return known;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "unpack.ts"],
    cwd: fileURLToPath(PACKED),
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot unpack Chromium");
  const text = new TextDecoder().decode(stdout);
  await Deno.writeTextFile(note, text);
  return JSON.parse(text);
}
