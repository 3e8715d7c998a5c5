/**
 * The one place that writes to the console: a JSON object a line, with the
 * time, the level and the event's name. Errors are written with their causes;
 * fields that hold a `Secret` print as a bullet. Callers pass ids and codes,
 * never a URL with its query, a token or a telephone number; what others write
 * into their errors is looked through for addresses.
 */
import { hideCredentials } from "./credentials.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (
  level: LogLevel,
  event: string,
  fields?: Record<string, unknown>,
) => void;

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes lines at or above `least` through `write` (the console by default). */
export function createLog(
  least: LogLevel = "info",
  write: (line: string) => void = writeToConsole,
  now: () => number = Date.now,
): Log {
  return (level, event, fields = {}) => {
    if (RANK[level] < RANK[least]) return;
    const time = new Date(now()).toISOString();
    const entry: Record<string, unknown> = { time, level, event };
    for (const [name, value] of Object.entries(fields)) {
      entry[name] = describe(value);
    }
    write(JSON.stringify(entry));
  };
}

/** For tests and tools that want silence. */
export const silentLog: Log = () => {};

function writeToConsole(line: string): void {
  // deno-lint-ignore no-console -- the logger is the console's only user
  console.log(line);
}

/** An error as name, message, code, stack and the same of its cause (4 deep). */
function describe(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return hideCredentials(value);
  if (!(value instanceof Error)) return value;
  const code = (value as { code?: unknown }).code;
  return {
    name: value.name,
    message: hideCredentials(value.message),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(depth === 0 ? { stack: hideCredentials(value.stack ?? "") } : {}),
    ...(value.cause !== undefined && depth < 4
      ? { cause: describe(value.cause, depth + 1) }
      : {}),
  };
}
