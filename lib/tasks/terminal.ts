/** What tasks say to the person at the terminal. */
import { ConfigError } from "../config/mod.ts";
import { createLog } from "../http/log.ts";
import { DataDirError } from "../store/data_dir.ts";
import { OutageError } from "../store/database.ts";
import { MigrationError } from "../store/migrate.ts";

/** Their messages are made for whoever runs the task. */
const TOLD = [ConfigError, DataDirError, MigrationError, OutageError];

export function say(line: string): void {
  // deno-lint-ignore no-console -- for the person at the terminal
  console.log(line);
}

/** What this person can mend is a sentence; anything else is for the log. */
export function tellFailure(event: string, error: unknown): void {
  if (error instanceof Error && TOLD.some((one) => error instanceof one)) {
    say(error.message);
  } else {
    createLog()("error", event, { error });
  }
}
