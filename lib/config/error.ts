/**
 * One error for the whole configuration: names and reasons, never values.
 */
export interface Problem {
  name: string;
  problem: string;
}

export class ConfigError extends Error {
  override readonly name: string = "ConfigError";

  constructor(readonly problems: readonly Problem[], options?: ErrorOptions) {
    super(
      "Configuration is not usable:\n" +
        problems.map(({ name, problem }) => `  ${name} ${problem}`).join("\n"),
      options,
    );
  }
}
