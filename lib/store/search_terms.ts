/**
 * What a text is looked for by, so that an index finds it: the other half of the
 * SQL function `search_terms`, which tells what a stored text is found by. A text
 * that has all of these may have the wanted one in it; whoever asks looks closer.
 */

/** As texts are compared: ASCII letters in lower case, on any database alike. */
export function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Of four ASCII characters or more the parts of four, which are rarer than
 * those of two; of everything else the parts of two; of one character itself.
 */
export function searchTerms(text: string): string[] {
  const chars = [...folded(text)];
  if (chars.length === 1) return chars;
  const part = (at: number, length: number) =>
    chars.slice(at, at + length).join("");
  const terms = new Set<string>();
  /** Which characters are in a part of four. */
  const covered = new Set<number>();
  for (const at of chars.keys()) {
    if (!/^[!-~]{4}$/.test(part(at, 4))) continue;
    terms.add(part(at, 4));
    for (const n of [0, 1, 2, 3]) covered.add(at + n);
  }
  for (const at of chars.keys()) {
    if (at + 1 === chars.length) break;
    // Two beside each other that are covered are in one part, or in two that
    // follow each other.
    if (!(covered.has(at) && covered.has(at + 1))) terms.add(part(at, 2));
  }
  return [...terms].filter((term) => !term.includes("\n"));
}
