/**
 * Texts of the ERP. What only is shown is cut where it is too long; what
 * identifies somebody or something is refused then, since a part of it would be
 * another's.
 */
import { z } from "zod";
import { isStorable } from "../http/body.ts";

/** Characters of a name that are kept. */
const NAME = 64;

export const text = z.string()
  .refine(isStorable, "holds a character that cannot be stored").trim();

export const id = text.min(1).max(64);

/** Of a userid (90196). */
const MOST_BYTES = 64;

/** A userid as the ERP spells it: its case does not count. */
export const userId = id.refine(fits, `is longer than ${MOST_BYTES} bytes`);
/** An empty text is none. */
export const optionalUserId = text.refine(
  fits,
  `is longer than ${MOST_BYTES} bytes`,
).nullish();

function fits(userId: string): boolean {
  return new TextEncoder().encode(userId).length <= MOST_BYTES;
}

/** What a reader takes for one character: an emoji of several, a flag. */
const characters = new Intl.Segmenter("zh", { granularity: "grapheme" });

/** A name to show: cut behind its 64th character at most, never inside of one. */
export const shownName = text.min(1).transform(cut);
export const optionalName = text.transform(cut).nullish();

function cut(name: string): string {
  if (name.length <= NAME) return name;
  // However long it is, its end is not looked at.
  const head = name.slice(0, 4 * NAME);
  const most = Array.from(head).slice(0, NAME).join("");
  const end = characters.segment(head).containing(most.length)?.index;
  return (head.slice(0, end) || most).trim();
}
