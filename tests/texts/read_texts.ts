/**
 * All Chinese texts of a source file: in strings, in templates (what is put in is
 * `{…}`), and between the tags of JSX. A scanner of some lines does it, since after
 * comments, strings and patterns are taken away, what is left of Chinese can only
 * be text of JSX.
 */

const HAN = /\p{Script=Han}/u;
/** After these a slash begins a pattern, not a division or the end of a tag. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{;>+]|\breturn)\s*$/;

/** What the description of the API says of a flow and its fields. */
const FOR_DEVELOPERS = /(?:\bsummary:|\.describe\()\s*$/;

export function textsIn(source: string): string[] {
  const found: { at: number; text: string }[] = [];
  const rest = source.split("");
  let at = 0;

  const blank = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      if (rest[i] !== "\n") rest[i] = " ";
    }
  };
  const note = (from: number, text: string) => {
    if (!HAN.test(text) || FOR_DEVELOPERS.test(source.slice(0, from))) return;
    found.push({ at: from, text: clean(text) });
  };

  function string(quote: string): void {
    const from = at++;
    while (at < source.length && source[at] !== quote) {
      // Quotes that stand in a text of JSX end with their line.
      if (source[at] === "\n") return void (at = from + 1);
      at += source[at] === "\\" ? 2 : 1;
    }
    at += 1;
    note(from, unescaped(source.slice(from + 1, at - 1)));
    blank(from, at);
  }

  function template(): void {
    const from = at++;
    let [text, begun] = ["", at];
    while (at < source.length && source[at] !== "`") {
      if (source[at] === "\\") at += 2;
      else if (source.startsWith("${", at)) {
        text += source.slice(begun, at) + "{…}";
        blank(begun, at + 2);
        at += 2;
        code("}");
        begun = at;
      } else at += 1;
    }
    text += source.slice(begun, at);
    at += 1;
    blank(begun, at);
    blank(from, from + 1);
    note(from, unescaped(text));
  }

  /** Up to the bracket that closes what was opened before, or the end. */
  function code(end: "}" | null): void {
    let depth = 0;
    while (at < source.length) {
      const char = source.charAt(at);
      if (char === "{") depth += 1;
      if (char === "}" && depth-- === 0 && end) {
        blank(at, at + 1);
        return void (at += 1);
      }
      if (char === '"' || char === "'") string(char);
      else if (char === "`") template();
      else if (source.startsWith("//", at) && source[at - 1] !== ":") {
        skip("\n");
      } else if (source.startsWith("/*", at)) skip("*/");
      else if (char === "/" && isPattern()) pattern();
      else at += 1;
    }
  }

  function skip(to: string): void {
    const end = source.indexOf(to, at + 2);
    const next = end < 0 ? source.length : end + to.length;
    blank(at, next);
    at = next;
  }

  function isPattern(): boolean {
    return source[at + 1] !== ">" &&
      BEFORE_PATTERN.test(source.slice(Math.max(0, at - 40), at));
  }

  function pattern(): void {
    const from = at++;
    let inClass = false;
    while (at < source.length && (inClass || source[at] !== "/")) {
      if (source[at] === "\n") return void (at = from + 1);
      if (source[at] === "[") inClass = true;
      if (source[at] === "]") inClass = false;
      at += source[at] === "\\" ? 2 : 1;
    }
    at += 1;
    blank(from, at);
  }

  code(null);
  for (const match of rest.join("").matchAll(/[^<>{}]+/g)) {
    note(match.index, match[0]);
  }
  return found.sort((one, other) => one.at - other.at).map(({ text }) => text);
}

function unescaped(text: string): string {
  return text.replaceAll("\\n", " ").replaceAll(/\\(.)/g, "$1");
}

function clean(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
