/**
 * Keys of the sandbox: made once and kept beside the sandbox's data, so that a
 * restart keeps sessions and encrypted numbers readable. Never used with a
 * real company, where both keys are required variables.
 */
import { ConfigError } from "./error.ts";
import { Secret } from "./secret.ts";

/** Throws `ConfigError` when the directory cannot be used. */
export function keepLocalSecret(
  directory: string,
  name: "SESSION_SECRET" | "DATA_KEY",
): Secret {
  const path = `${directory}/${name.toLowerCase()}`;
  try {
    return new Secret(readOrMake(directory, path));
  } catch (cause) {
    const problem =
      "cannot be read and written: check its path, owner and disk (the sandbox keeps its keys there)";
    throw new ConfigError([{ name: "DATA_DIR", problem }], { cause });
  }
}

function readOrMake(directory: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const value = hex(crypto.getRandomValues(new Uint8Array(32)));
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    Deno.writeTextFileSync(path, value, { mode: 0o600, createNew: true });
  } catch (error) {
    // Another process was first: its key is the one to use.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return Deno.readTextFileSync(path);
  }
  return value;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
