/**
 * The XML of callbacks: one flat `<xml>` element, whose members are texts, and
 * one list (`MemChangeList` of `Item`). The envelope is read before anybody is
 * authenticated, so only what WeCom writes reaches the parser (bare tags, texts
 * and CDATA: no DTD, nor anything that could hide one). What was decrypted is
 * WeCom's own word, and may hold comments and attributes, which say nothing.
 * Nesting is bounded, and texts stay texts (ids with leading zeros, 19-digit
 * numbers).
 */
import { XMLParser } from "fast-xml-parser";

/** A list is an array of texts. */
export type Fields = Record<string, string | string[]>;

/** The message is not what WeCom sends. Says what is wrong, not what was in it. */
export class MalformedCallback extends Error {
  override readonly name = "MalformedCallback";
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
  maxNestedTags: 8,
  isArray: (name: string) => name === "Item",
});

/** `envelope`: anybody may have sent it. */
export type Origin = "envelope" | "message";

/** Throws {@linkcode MalformedCallback}. */
export function readXml(text: string, origin: Origin = "message"): Fields {
  refuseMarkup(text, origin);
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch (cause) {
    throw new MalformedCallback("XML cannot be parsed", { cause });
  }
  const root = isRecord(document) ? document.xml : undefined;
  if (!isRecord(root)) throw new MalformedCallback("XML has no xml element");
  return fieldsOf(root);
}

const PROLOG = /^\s*<\?xml[^<>]*\?>/;
/** What is inside are only letters: somebody may have typed them. */
const CDATA = ["<![CDATA[", "]]>"] as const;
const COMMENT = ["<!--", "-->"] as const;
const INSTRUCTION = ["<?", "?>"] as const;
const BARE_TAG = /<\/?[A-Za-z_][\w.:-]*\s*\/?>/y;
const TAG =
  /<\/?[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\/?>/y;

/** One pass, since anybody may send a body. */
function refuseMarkup(text: string, origin: Origin): void {
  const trusted = origin === "message";
  const tag = trusted ? TAG : BARE_TAG;
  const passed = trusted ? [CDATA, COMMENT, INSTRUCTION] : [CDATA];
  let at = PROLOG.exec(text)?.[0].length ?? 0;
  while ((at = text.indexOf("<", at)) !== -1) {
    const section = passed.find(([open]) => text.startsWith(open, at));
    tag.lastIndex = at;
    if (section) {
      const [open, close] = section;
      const end = text.indexOf(close, at + open.length);
      if (end === -1) throw new MalformedCallback("XML cannot be parsed");
      at = end + close.length;
    } else if (tag.test(text)) at = tag.lastIndex;
    else {
      const dtd = /^<!\s*[A-Za-z]/.test(text.slice(at, at + 40));
      throw new MalformedCallback(
        dtd ? "XML has a DTD" : "XML has more than tags and texts",
      );
    }
  }
}

/** Keeps texts, numbers and lists of them; whatever else is nested is not ours. */
export function fieldsOf(record: Record<string, unknown>): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(record)) {
    const items = isRecord(value) ? value.Item ?? null : value;
    if (Array.isArray(items)) fields[name] = items.flatMap(textOf);
    else {
      const [text] = textOf(items);
      if (text === undefined) continue;
      fields[name] = isRecord(value) ? [text] : text;
    }
  }
  return fields;
}

/** Without what Postgres cannot hold; no id of WeCom's has it. */
function textOf(value: unknown): string[] {
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "string") return [];
  return [value.replaceAll("\0", "").toWellFormed()];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
