/**
 * Drops what a module does for nobody. esbuild drops unused functions, but keeps
 * every top-level loop and call, since they might do something elsewhere. For a
 * module that is known to act on itself alone, whatever the wanted exports do
 * not reach can go. Works on esbuild's own print, where each statement begins at
 * the first column, and rather keeps too much than too little.
 */
const WORD = /[\p{ID_Continue}$]+/gu;
/** A property is no binding; `...rest` is one. */
const PROPERTY = /(?<!\.)\.[\p{ID_Continue}$]+/gu;
const DECLARATION =
  /^(?:async )?(function\*?|class|var|let|const) (?:([\p{ID_Continue}$]+)|\{([^{}]*)\})/u;

interface Statement {
  text: string;
  /** Empty for one that declares nothing: it is there for what it does. */
  declares: string[];
  mentions: Set<string>;
}

/**
 * The module with no more than these exports; null where it is not understood
 * (imports, patterns, other kinds of exports), so that it stays as it was.
 */
export function shake(
  printed: string,
  wanted: readonly string[],
): string | null {
  const parts = printed.trimEnd().split(/\n(?=[^\s})\]])/);
  const list = /^export \{([^{}]*)\};$/.exec(parts.pop() ?? "")?.[1];
  if (list === undefined) return null;
  const locals = new Map(
    list.split(",").map((one) => {
      const [local = "", name = local] = one.trim().split(" as ");
      return [name, local];
    }),
  );
  const statements: Statement[] = [];
  for (const text of parts) {
    const found = DECLARATION.exec(text);
    const foreign = /^(?:import|export)\b/.test(text);
    if (foreign || !found && /^(?:var|let|const)\b/.test(text)) return null;
    const mentions = new Set(text.replace(PROPERTY, " ").match(WORD));
    statements.push({ text, declares: found ? names(found) : [], mentions });
  }
  const declared = new Set(statements.flatMap((one) => one.declares));
  const live = new Set<string>();
  for (const name of wanted) {
    const local = locals.get(name);
    if (local === undefined || !declared.has(local)) return null;
    live.add(local);
  }

  const kept = new Set<Statement>();
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    for (const statement of statements) {
      if (kept.has(statement)) continue;
      const { declares, mentions } = statement;
      const touches = declares.length > 0
        ? declares
        : [...mentions].filter((word) => declared.has(word));
      // What touches nothing of the module acts on something else.
      if (touches.length > 0 && !touches.some((name) => live.has(name))) {
        continue;
      }
      kept.add(statement);
      for (const word of mentions) if (declared.has(word)) live.add(word);
    }
  }
  const texts = statements.filter((one) => kept.has(one)).map((one) =>
    one.text
  );
  const exports = wanted.map((name) => `${locals.get(name)} as ${name}`);
  return `${texts.join("\n")}\nexport { ${exports.join(", ")} };\n`;
}

/** All names of one declaration; of several declarators rather too many. */
function names(found: RegExpExecArray): string[] {
  const [head, kind = "", name, pattern = ""] = found;
  if (name === undefined) {
    return pattern.split(",").map((one) => one.split(/[:=]/))
      .map(([key = "", local = key]) => local.trim());
  }
  if (!/^(?:var|let|const)$/.test(kind)) return [name];
  const outer = found.input.slice(head.length).replace(/\n\s.*/g, "");
  const more = outer.matchAll(/, ([\p{ID_Continue}$]+)(?= = |,|;)/gu);
  return [name, ...[...more].map(([, other = ""]) => other)];
}
