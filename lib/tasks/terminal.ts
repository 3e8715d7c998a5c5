/** What tasks say to the person at the terminal. */
import { ConfigError } from "../config/mod.ts";
import { createLog } from "../http/log.ts";
import { DataDirError } from "../store/data_dir.ts";

export function say(line: string): void {
  // deno-lint-ignore no-console -- for the person at the terminal
  console.log(line);
}

/** What this person can mend is a sentence; anything else is for the log. */
export function tellFailure(event: string, error: unknown): void {
  if (error instanceof ConfigError || error instanceof DataDirError) {
    say(error.message);
  } else {
    createLog()("error", event, { error });
  }
}
