/**
 * The migration files: `migrations/YYYYMMDDHHMMSS_verb_noun.sql`, forward only,
 * in the order of their names. A name that ends in `.concurrent.sql` is an index
 * on a table that may be big: see `concurrent_index.ts`.
 */
export interface Migration {
  name: string;
  text: string;
}

/** Reads the migration files in the order of their names. */
export async function readMigrations(
  directory = new URL("../../migrations/", import.meta.url),
): Promise<Migration[]> {
  const found: Migration[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.isFile || !entry.name.endsWith(".sql")) continue;
    const text = await Deno.readTextFile(new URL(entry.name, directory));
    found.push({ name: entry.name, text });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** SHA-256 in hex; line ends do not count: a checkout may have changed them. */
export async function checksum({ text }: Migration): Promise<string> {
  const bytes = new TextEncoder().encode(text.replaceAll("\r\n", "\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
