/**
 * `deno task texts` writes `docs/texts.md`: every text that a person sees, by the
 * file that says it. No line numbers, so that it changes with the texts only.
 */
import { textsIn } from "./read_texts.ts";
import { WORDS } from "./words.ts";

const ROOT = new URL("../../", import.meta.url);
export const LIST = new URL("docs/texts.md", ROOT);

/** Whom it is for decides which words are right. */
interface Part {
  title: string;
  about: string;
  files: RegExp;
}

/** Files that speak to nobody in front of a page. */
const OTHERS =
  /^lib\/(config|erp|fresh|inbox|relay|sandbox|store|tasks)\/|^lib\/flows\/openapi\.ts|^lib\/http\/(entrance|readiness)\.ts|^lib\/contacts\/phone\w*\.ts|^lib\/services\.ts/;

const ADMINS: Part = {
  title: "For who administers WeCom",
  about:
    "What WeCom's codes mean, and who mends it where. Things are named as in WeCom's\n" +
    "admin console, so the words above do not hold here.",
  files: /^lib\/(wecom|doctor)\//,
};
const PEOPLE: Part = {
  title: "For who uses the product",
  about: "Pages, cards, settings, and what the server answers.",
  files: /^(islands|lib|routes|static)\//,
};

export interface Texts {
  part: "people" | "admins";
  file: string;
  texts: string[];
}

/** Of all files, in the order of their names. */
export async function allTexts(): Promise<Texts[]> {
  const found: Texts[] = [];
  for (const root of ["islands", "lib", "routes", "static"]) {
    for await (const file of sourcesIn(`${root}/`)) {
      if (OTHERS.test(file)) continue;
      const source = await Deno.readTextFile(new URL(file, ROOT));
      const texts = [...new Set(textsIn(source))];
      if (texts.length === 0) continue;
      const part = ADMINS.files.test(file) ? "admins" : "people";
      found.push({ part, file, texts });
    }
  }
  return found.sort((one, other) => one.file < other.file ? -1 : 1);
}

export function written(all: readonly Texts[]): string {
  const section = (part: Texts["part"], { title, about }: Part) => [
    `## ${title}`,
    about,
    ...all.filter((one) => one.part === part).map(({ file, texts }) =>
      `### ${file}\n\n\`\`\`text\n${texts.join("\n")}\n\`\`\``
    ),
  ];
  const words = WORDS.map(({ instead_of, say, of }) =>
    `${say}: ${of}; not ${instead_of}`
  );
  return [
    "# Texts",
    "Made from the code by `deno task texts`; a test fails when it is not up to date.\n" +
    "`{…}` is what is put in.",
    "## One word for one thing",
    `\`\`\`text\n${words.join("\n")}\n\`\`\``,
    ...section("people", PEOPLE),
    ...section("admins", ADMINS),
  ].join("\n\n") + "\n";
}

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (isDirectory) yield* sourcesIn(`${folder}${name}/`);
    else if (/\.(tsx?|js)$/.test(name)) yield folder + name;
  }
}

if (import.meta.main) await Deno.writeTextFile(LIST, written(await allTexts()));
