/**
 * What a text is looked for by, so that an index finds it: the other half of the
 * SQL function `search_terms`, which tells what a stored text is found by. A text
 * that has all of these may have the wanted one in it; whoever asks looks closer.
 */

const FOUR = 4;

/** As texts are compared: ASCII letters in lower case, on any database alike. */
export function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Of four ASCII characters or more that stand together the last two parts of
 * four, which are rarer than parts of two: numbers differ at their end, and to
 * look up how they begin, as all of them do, takes longer than all the rest. Of
 * everything else the parts of two; of one character itself.
 */
export function searchTerms(text: string): string[] {
  const chars = [...folded(text)];
  if (chars.length === 1) return chars;
  const part = (at: number, length: number) =>
    chars.slice(at, at + length).join("");
  const terms = new Set<string>();
  /** Which characters stand in such a run. */
  const inRun = new Set<number>();
  for (let from = 0, to = 0; from < chars.length; from = to + 1) {
    for (to = from; /^[!-~]$/.test(chars[to] ?? "");) to++;
    if (to - from < FOUR) continue;
    terms.add(part(to - FOUR, FOUR));
    terms.add(part(Math.max(from, to - 2 * FOUR), FOUR));
    for (let at = from; at < to; at++) inRun.add(at);
  }
  for (let at = 0; at + 1 < chars.length; at++) {
    if (!(inRun.has(at) && inRun.has(at + 1))) terms.add(part(at, 2));
  }
  return [...terms].filter((term) => !term.includes("\n"));
}
