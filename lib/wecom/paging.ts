/** Cursors of lists: one that does not move would be asked for for ever. */

/** The cursor of the next page; undefined after the last one. */
export function nextOf(
  next: string | null,
  current: string | undefined,
): string | undefined {
  if (next !== null && next === current) {
    throw new Error("The cursor of a list does not move");
  }
  return next ?? undefined;
}
