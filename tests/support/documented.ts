/** Blocks of commands as the documents have them, to be run as they stand. */

/** The blocks of a section, in order, with a name of the test's own for `groups`. */
export async function documented(
  doc: "deployment" | "operations",
  section: string,
  language: "sql" | "sh",
  name: string,
): Promise<string[]> {
  const text = await Deno.readTextFile(
    new URL(`../../docs/${doc}.md`, import.meta.url),
  );
  const [, after] = text.split(`\n${section}\n`);
  if (after === undefined) throw new Error(`${doc} has no ${section}`);
  const depth = section.indexOf(" ");
  // Up to the next heading that is not below it.
  const [own = ""] = after.split(new RegExp(`\n#{1,${depth}} `));
  const blocks = own.matchAll(
    new RegExp("```" + language + "\\n(.*?)```", "gs"),
  );
  return [...blocks].map(([, block = ""]) => block.replaceAll("groups", name));
}

export function statements(sql: string): string[] {
  return sql.split(";").map((one) => one.trim()).filter(Boolean);
}
