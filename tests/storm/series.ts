/**
 * `deno run -A tests/storm/series.ts --runs=20 --orders=1200`: storms one after
 * the other, in turns on Postgres with two instances and on PGlite, each with a
 * seed drawn when it runs, since a seed that was good once proves little. Each
 * run that is not sound leaves all its data under a directory that is named; the
 * exit is 1 then. To repeat one: `--database=pglite --seed=515` (the plan is the
 * same, the machine's timing is not: more `--runs` may be needed).
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { findingsIn } from "./report.ts";

const STORM = fileURLToPath(new URL("./storm.ts", import.meta.url));
const DATABASES = ["postgres", "pglite"] as const;

type Database = typeof DATABASES[number];

interface Series {
  runs: number;
  orders: string;
  /** null: in turns. */
  database: Database | null;
  /** null: another one for each run. */
  seed: number | null;
  /** A run that takes longer is ended, and is not sound. */
  minutes: number;
  directory: string;
}

interface Run {
  database: Database;
  seed: number;
  sound: boolean;
  seconds: number;
  /** What differs, in words; empty of a sound run. */
  findings: string;
  directory: string;
}

async function series(): Promise<Series> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      runs: { type: "string" },
      orders: { type: "string", default: "1200" },
      database: { type: "string" },
      seed: { type: "string" },
      minutes: { type: "string", default: "60" },
      directory: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? null : Number(values.seed);
  return {
    runs: Number(values.runs ?? (seed === null ? 20 : 1)),
    orders: values.orders,
    database: DATABASES.find((one) => one === values.database) ?? null,
    seed,
    minutes: Number(values.minutes),
    directory: values.directory ??
      await Deno.makeTempDir({ prefix: "storms-" }),
  };
}

/** One storm in a process of its own: what it breaks stays with it. */
async function run(
  number: number,
  { orders, minutes, ...asked }: Series,
  interrupted: AbortSignal,
): Promise<Run> {
  const began = Date.now();
  const database = asked.database ??
    (number % 2 === 1 ? "postgres" : "pglite");
  const seed = asked.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const name = `${String(number).padStart(2, "0")}-${database}-${seed}`;
  const directory = `${asked.directory}/${name}`;
  await Deno.mkdir(directory, { recursive: true });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", STORM, `--orders=${orders}`, `--seed=${seed}`],
      ...[`--database=${database}`, `--directory=${directory}`],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // It cleans up behind itself, and keeps what it has.
  const end = () => child.kill("SIGTERM");
  const timer = setTimeout(end, minutes * 60_000);
  interrupted.addEventListener("abort", end);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  interrupted.removeEventListener("abort", end);
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  const sound = code === 0;
  if (!sound) await Deno.writeTextFile(`${directory}/report.txt`, text);
  const seconds = Math.round((Date.now() - began) / 1000);
  const findings = sound ? "" : findingsIn(text);
  return { database, seed, sound, seconds, findings, directory };
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- for the person at the terminal
  const say = (line: string) => console.log(line);
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => interruption.abort());
  }
  const asked = await series();
  const { runs, orders, directory } = asked;
  say(`${runs} storms of ${orders} orders, kept in ${directory} if not sound`);
  const all: Run[] = [];
  while (all.length < runs && !interruption.signal.aborted) {
    const one = await run(all.length + 1, asked, interruption.signal);
    all.push(one);
    const outcome = one.sound
      ? "sound"
      : `NOT SOUND: ${one.findings}; kept in ${one.directory}`;
    say(
      `${all.length}/${runs} ${one.database} seed ${one.seed}, ` +
        `${one.seconds} s: ${outcome}`,
    );
  }
  for (const database of DATABASES) {
    const own = all.filter((one) => one.database === database);
    const sound = own.filter((one) => one.sound).length;
    if (own.length > 0) say(`${database}: ${sound} of ${own.length} sound`);
  }
  const failed = all.filter((one) => !one.sound);
  for (const { database, seed } of failed) {
    say(
      `repeat: deno run -A tests/storm/series.ts --orders=${orders} ` +
        `--database=${database} --seed=${seed}`,
    );
  }
  if (failed.length === 0) await Deno.remove(directory, { recursive: true });
  Deno.exit(failed.length === 0 && all.length === runs ? 0 : 1);
}
