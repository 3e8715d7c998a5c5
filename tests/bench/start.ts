/**
 * How long a person waits: from `deno task start` in a fresh clone with empty
 * caches to the first page, with all downloads; after a stop; and for the stop.
 * `--against=<worktree>` measures another version in turns in the same run.
 */
import { freePort } from "../storm/cluster.ts";
import { type Bench, median, type Row, runAgainst } from "./row.ts";
import { answers, HERE } from "./served.ts";

const FIRST_MS = 8_000;
const AGAIN_MS = 1_000;
const STOP_MS = 1_000;
/** Of what another version takes with its downloads. */
const HALVED = { most: 0.5 };

interface Times {
  first: number;
  again: number;
  stop: number;
  modulesMb: number;
}

export const start: Bench = (options) => compareStart([], options);

export async function compareStart(
  against: readonly string[],
  { quick, say }: Parameters<Bench>[0],
): Promise<Row[]> {
  const trees = [HERE, ...against];
  const times: Times[][] = trees.map(() => []);
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const [at, tree] of trees.entries()) {
      const one = await measure(tree);
      say(`  ${tree}: ${JSON.stringify(one)}`);
      times[at]?.push(one);
    }
  }
  const of = (at: number, what: keyof Times) =>
    median((times[at] ?? []).map((one) => one[what]));
  return [
    row("first start with all downloads", of(0, "first"), "ms", FIRST_MS),
    row("start again", of(0, "again"), "ms", AGAIN_MS),
    row("stop", of(0, "stop"), "ms", STOP_MS),
    row("packages that a start installs", of(0, "modulesMb"), "MB", 100),
    ...against.map((tree, at): Row => ({
      name: `first start with all downloads, by that of ${tree}`,
      value: of(0, "first") / of(at + 1, "first"),
      unit: "x",
      limit: HALVED,
    })),
  ];
}

async function measure(tree: string): Promise<Times> {
  const directory = await Deno.makeTempDir({ prefix: "start-" });
  const clone = `${directory}/clone`;
  await run("git", "clone", "--quiet", "--no-hardlinks", tree, clone);
  const env = { DENO_DIR: `${directory}/cache` };
  try {
    const { upMs: first } = await startAndStop(clone, env);
    const { upMs: again, stopMs: stop } = await startAndStop(clone, env);
    const size = await run("du", "-sm", `${clone}/node_modules`);
    return { first, again, stop, modulesMb: Number(size.split("\t")[0]) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function startAndStop(cwd: string, env: Record<string, string>) {
  const port = freePort();
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "start"],
    cwd,
    clearEnv: true,
    env: { ...surroundings(), PORT: String(port), ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await answers(`http://localhost:${port}/sandbox`, child, 300_000);
  const upMs = Math.round(performance.now() - began);
  const asked = performance.now();
  // Deno passes it on to what the task runs.
  child.kill("SIGTERM");
  await child.status;
  return { upMs, stopMs: Math.round(performance.now() - asked) };
}

/** The machine's variables, with which npm is reached, and none of a product. */
function surroundings(): Record<string, string> {
  const product =
    /^(SANDBOX|HOST|PUBLIC_ORIGIN|(DATA|DATABASE|CACHE|KV|WECOM|RELAY|SESSION|ERP|WW)_)/;
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !product.test(name)),
  );
}

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command}: ${text(stderr)}`);
  return text(stdout);
}

function row(name: string, value: number, unit: string, most: number): Row {
  return { name, value, unit, limit: { most } };
}

if (import.meta.main) await runAgainst(compareStart);
