/** A process that must not work on the database it was given. */
import { ConfigError } from "../config/mod.ts";

/** What does not fit; `/readyz` names it. */
export type OwnerPart = "company" | "canary" | "schema";

/** Named by the variable that mends it, like any other of the configuration. */
export class OwnerError extends ConfigError {
  override readonly name = "OwnerError";

  constructor(readonly part: OwnerPart, variable: string, problem: string) {
    super([{ name: variable, problem }]);
  }
}
