/**
 * Runs parts of the bench, each in a process of its own, so that one that breaks,
 * hangs or leaves something behind takes nothing from the others: it is a row
 * that does not hold, with its cause.
 */
import { fileURLToPath } from "node:url";
import type { Errand } from "./part.ts";
import { isShown, type Part } from "./parts.ts";
import { holds, type Row, told } from "./row.ts";

const CHILD = fileURLToPath(new URL("./part.ts", import.meta.url));

const QUICK_LANES = 3;

export interface ResultRow extends Omit<Row, "value"> {
  part: string;
  /** null: there is no such number. */
  value: number | null;
  holds: boolean;
  /** Why a part has no rows. */
  cause?: string;
}

export interface BenchResult {
  /** ISO 8601. */
  at: string;
  deno: string;
  machine: { cores: number; memoryMB: number };
  quick: boolean;
  seconds: number;
  /** Seconds by the name of the part. */
  parts: Record<string, number>;
  rows: ResultRow[];
}

export interface RunOptions {
  quick: boolean;
  orders: number | null;
  seed: number | null;
  say(line: string): void;
  /** A part that takes longer is ended, and failed. */
  mostMs: number;
  /** How a part's rows are had; in a process of its own unless told. */
  perform?: Perform;
}

type Perform = (part: Part, options: RunOptions) => Promise<Row[]>;

/** Never throws because of a part. */
export async function runParts(
  parts: readonly Part[],
  options: RunOptions,
): Promise<BenchResult> {
  const began = performance.now();
  const rowsOf = new Map<string, ResultRow[]>();
  const seconds: Record<string, number> = {};
  const run = async (part: Part) => {
    const started = performance.now();
    rowsOf.set(part.name, await rowsFor(part, options));
    seconds[part.name] = secondsSince(started);
    const failed = rowsOf.get(part.name)?.filter((row) => !row.holds) ?? [];
    options.say(
      `${part.name}: ${seconds[part.name]} s, ` +
        (failed.length === 0 ? "holds" : `${failed.length} do NOT hold`),
    );
  };
  // What only counts waits much, and may run together; what takes times runs alone.
  const counted = parts.filter(({ timed }) => !timed);
  const lanes = options.quick ? QUICK_LANES : 1;
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let part = counted.shift(); part; part = counted.shift()) {
      await run(part);
    }
  }));
  for (const part of parts.filter(({ timed }) => timed)) await run(part);
  return {
    at: new Date().toISOString(),
    deno: Deno.version.deno,
    machine: {
      cores: navigator.hardwareConcurrency,
      memoryMB: Math.round(Deno.systemMemoryInfo().total / 1024 ** 2),
    },
    quick: options.quick,
    seconds: secondsSince(began),
    parts: seconds,
    rows: uniquely(parts.flatMap(({ name }) => rowsOf.get(name) ?? [])),
  };
}

async function rowsFor(part: Part, options: RunOptions): Promise<ResultRow[]> {
  try {
    const rows = await (options.perform ?? inProcess)(part, options);
    if (rows.length === 0) throw new Error("It answered no rows");
    const missing = part.shown.filter((shown) =>
      !rows.some(({ name }) => isShown(shown, name))
    );
    return [
      ...rows.map(({ name, value, unit, limit }) => ({
        part: part.name,
        name,
        value: Number.isFinite(value) ? value : null,
        unit,
        limit,
        holds: Number.isFinite(value) && holds({ value, limit }),
      })),
      ...missing.map((name) =>
        failed(part.name, name, "The README shows it, and it is not measured")
      ),
    ];
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    options.say(`${part.name} failed: ${cause}`);
    return [failed(part.name, `${part.name} comes to its end`, cause)];
  }
}

function failed(part: string, name: string, cause: string): ResultRow {
  const limit = { least: 1 };
  return { part, name, value: 0, unit: "", limit, holds: false, cause };
}

/** A name that two rows have would hide one of them from who reads the file. */
function uniquely(rows: readonly ResultRow[]): ResultRow[] {
  const twice = [...Map.groupBy(rows, ({ name }) => name).values()]
    .filter((same) => same.length > 1)
    .map(([first]) => first)
    .filter((first) => first !== undefined);
  return [
    ...rows,
    ...twice.map(({ part, name }) =>
      failed(part, `one row is called: ${name}`, "Several rows have this name")
    ),
  ];
}

async function inProcess(part: Part, options: RunOptions): Promise<Row[]> {
  const { quick, orders, seed, mostMs } = options;
  const out = await Deno.makeTempFile({ prefix: "bench-", suffix: ".json" });
  const errand: Errand = { part: part.name, quick, orders, seed, out };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", CHILD, JSON.stringify(errand)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endTree(child.pid);
  }, mostMs);
  try {
    const [{ success }, , complaint] = await Promise.all([
      child.status,
      eachLine(child.stdout, (line) => options.say(`  ${part.name}: ${line}`)),
      lastOf(child.stderr),
    ]);
    if (late) throw new Error(`Ended after ${mostMs / 1000} s\n${complaint}`);
    if (!success) throw new Error(complaint || "Ended without a word");
    const rows: Row[] = JSON.parse(await Deno.readTextFile(out));
    // JSON has no word for what is no number.
    const read = rows.map((row) => ({ ...row, value: row.value ?? NaN }));
    for (const row of read) options.say(`  ${part.name}: ${told(row)}`);
    return read;
  } finally {
    clearTimeout(timer);
    await Deno.remove(out);
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(decoder())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest) take(rest);
}

const MOST_KEPT = 4_000;

async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let kept = "";
  for await (const text of stream.pipeThrough(decoder())) {
    kept = (kept + text).slice(-MOST_KEPT);
  }
  // deno-lint-ignore no-control-regex -- colours are for terminals
  return kept.replace(/\u001b\[[0-9;]*m/g, "").trim();
}

function decoder(): TransformStream<Uint8Array, string> {
  return new TextDecoderStream() as TransformStream<Uint8Array, string>;
}

/** A process and all that it has started, on systems with /proc. */
function endTree(pid: number): void {
  let children = "";
  try {
    children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  } catch {
    // It has ended, or there is no such file: then only the process itself.
  }
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It was gone already.
  }
  for (const child of children.split(" ").filter(Boolean)) {
    endTree(Number(child));
  }
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 100) / 10;
}
