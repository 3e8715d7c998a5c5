/**
 * The configuration: the only reader of the environment. Everything is read
 * and checked together, so that one error lists every bad variable by name and
 * never shows a value. On Deno Deploy a warm-up may load modules with other
 * variables, so this runs on first use, not on import.
 */
import { assemble, type Config } from "./assemble.ts";
import { contradictions } from "./contradictions.ts";
import { ConfigError, type Problem } from "./error.ts";
import { keepLocalSecret, type LocalSecret } from "./local_secrets.ts";
import { tracingProblems } from "./tracing.ts";
import { type Environment, present } from "./values.ts";
import { schema, type Variables } from "./variables.ts";

export type { Config } from "./assemble.ts";
export { ConfigError } from "./error.ts";
export { foreignTimeline, migrationUrl, onBranchTimeline } from "./platform.ts";
export { seeLocalSecret } from "./local_secrets.ts";
export { Secret } from "./secret.ts";
export { type Company, companyMeant } from "./mode.ts";
export type { Environment } from "./values.ts";

/**
 * Reads and checks everything. Throws `ConfigError` with every problem.
 * In sandbox mode missing keys are made and kept in `DATA_DIR`, or as `local` does.
 */
export function readConfig(
  environment: Environment,
  local: LocalSecret = keepLocalSecret,
): Config {
  const read = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, present(environment(name))]),
  );
  const parsed = schema.safeParse(read);
  const problems: Problem[] = parsed.success ? [] : parsed.error.issues.map(
    (issue) => ({ name: String(issue.path[0]), problem: issue.message }),
  );
  // What is well-formed is still checked against the rest of it.
  const variables = parsed.success ? parsed.data : null;
  const checked = { ...read, ...variables } as Variables;
  problems.push(...contradictions(checked), ...tracingProblems(environment));
  if (problems.length > 0 || !variables) throw new ConfigError(problems);
  return assemble(variables, local);
}

/** The variables of this process. */
export const processEnvironment: Environment = (name) => Deno.env.get(name);

let memo: Config | undefined;

/** The process's configuration, checked on first use. */
export function config(): Config {
  return memo ??= readConfig(processEnvironment);
}
