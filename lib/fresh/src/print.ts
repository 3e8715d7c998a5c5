/** The one place where the framework writes to the console. */
export function print(level: "log" | "error", what: unknown): void {
  // deno-lint-ignore no-console -- upstream prints, too, and has no logger
  console[level](what);
}
