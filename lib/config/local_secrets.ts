/**
 * Keys of the sandbox: made once and kept beside the sandbox's data, so that a
 * restart keeps sessions and encrypted numbers readable. Never used with a
 * real company, where both keys are required variables.
 */
import { ConfigError } from "./error.ts";
import { Secret } from "./secret.ts";

type Name = "SESSION_SECRET" | "DATA_KEY";
export type LocalSecret = (directory: string, name: Name) => Secret;

/** Throws `ConfigError` when the directory cannot be used. */
export const keepLocalSecret: LocalSecret = (directory, name) =>
  local(directory, name, readOrMake);

/** For who changes nothing: a key that nobody keeps where there is none. */
export const seeLocalSecret: LocalSecret = (directory, name) =>
  local(directory, name, (_, path) => read(path) ?? made());

function local(
  directory: string,
  name: Name,
  get: (directory: string, path: string) => string,
): Secret {
  const path = `${directory}/${name.toLowerCase()}`;
  try {
    return new Secret(get(directory, path));
  } catch (cause) {
    const problem =
      "cannot be read and written: check its path, owner and disk (the sandbox keeps its keys there)";
    throw new ConfigError([{ name: "DATA_DIR", problem }], { cause });
  }
}

function read(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return null;
  }
}

function readOrMake(directory: string, path: string): string {
  const known = read(path);
  if (known !== null) return known;
  const value = made();
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

function made(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
