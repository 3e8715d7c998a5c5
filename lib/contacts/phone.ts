/**
 * Telephone numbers in what people type, made comparable. WeCom keeps what the
 * member of staff typed into the remark (`remark_mobiles`, doc 92114), the ERP
 * what somebody filled into a field: several numbers, names, house numbers,
 * the traces of a spreadsheet. Numbers are found in it; what is no number is
 * nobody's.
 */
import { readable } from "./phone_text.ts";
import { type Sighting, sightings, without } from "./phone_shapes.ts";

export interface Phone {
  /** E.164, with `;ext=` for the extension of a landline. */
  number: string;
  /**
   * Reached by many people: a privacy number, which needs an extension and is
   * given to another customer when the order is over, or a company's 400.
   */
  shared: boolean;
}

const PLAIN_MOBILE = /^\s*(?:\+86)?(1[3-9]\d{9})\s*$/;
/** Somebody says so: the number is one that a platform lends. */
const SAID_TO_BE_SHARED = /隐私|虚拟号|虚拟电话|中间号/;

/** What follows digits that count or name something else: 20万, 501室, 2、 */
const COUNTED = "(?! ?[万千元平方米栋幢号楼室层单年月日岁期个、:)])";
const LAST = `(?!\\d)${COUNTED}(?![ .\\-]{0,2}\\d)`;
const NAMED =
  /^[ ,;/([【-]{0,3}(?:(?:转|轉|分机号?|分機|内线?|接|按|拨|extension|ext|x|#)[.:= ]*)+[([【]? ?(\d{1,6})(?!\d)/i;
const BRACKETED = /^ ?[([【] ?(\d{2,6}) ?(?:分机|号|转)? ?[)\]】]/;
const DASHED = new RegExp(`^ ?[-‐–—−*_]{1,2} ?(\\d{1,6})${LAST}`);
/** As a phone dials it: a pause, then the extension. */
const PAUSED = new RegExp(
  `^(?:,{1,3}(?=\\d{4}(?!\\d))|[pw])(\\d{3,5})${LAST}`,
  "i",
);
const SPACED = new RegExp(`^ (\\d{3,5})${LAST}`);
/** A dash and less than that is the second record of the same customer. */
const SHORTEST_OF_A_MOBILE = 3;

/** The numbers in a text, in their order, each once. */
export function findPhones(text: string): Phone[] {
  const [, plain] = PLAIN_MOBILE.exec(text) ?? [];
  if (plain) return [{ number: `+86${plain}`, shared: false }];
  const readableText = readable(text);
  const seen = sightings(readableText);
  if (seen.length === 0) return [];
  const rest = without(readableText, seen);
  const said = SAID_TO_BE_SHARED.test(readableText);
  const phones = new Map<string, Phone>();
  for (
    const { number, shared } of seen.map((one) => withExtension(one, rest))
  ) {
    const known = phones.get(number)?.shared ?? false;
    phones.set(number, { number, shared: shared || known || said });
  }
  return [...phones.values()];
}

/**
 * The numbers in a text, each in one spelling: E.164, with `;ext=` for an
 * extension. Empty where there is none. The order is kept, doubles are not.
 */
export function normalisePhones(text: string): string[] {
  return findPhones(text).map((phone) => phone.number);
}

/** The digits that may be shown: 138****8000, 0571****8888. */
export function maskPhone(text: string): string {
  const [first] = normalisePhones(text);
  const [number = ""] = first?.split(";") ?? [];
  if (number === "") return "";
  const shown = inCountry(number);
  const head = shown.startsWith("+") || /^0[3-9]/.test(shown) ? 4 : 3;
  return shown.slice(0, head) + "****" + shown.slice(-4);
}

/**
 * The text as it is, with each number that stands in it masked; of a text that is
 * too long, or encoded, what is readable.
 */
export function hideNumbers(text: string): string {
  if (!/\d/.test(text.normalize("NFKC"))) return text;
  const readableText = readable(text);
  const seen = sightings(readableText);
  if (seen.length === 0) return text;
  let hidden = "";
  let end = 0;
  for (const { startsAt, endsAt } of seen) {
    if (startsAt < end) continue;
    hidden += readableText.slice(end, startsAt) + "****";
    end = endsAt;
  }
  return hidden + readableText.slice(end);
}

/** By which people tell a number; of a landline those before the extension. */
export function lastFour(number: string): string {
  const [plain = ""] = number.split(";");
  return plain.slice(-4);
}

function withExtension({ number, kind, endsAt }: Sighting, text: string) {
  const behind = text.slice(endsAt);
  const named = NAMED.exec(behind) ?? BRACKETED.exec(behind);
  const marked = DASHED.exec(behind) ?? PAUSED.exec(behind);
  if (kind === "mobile") {
    const long = (marked?.[1] ?? "").length >= SHORTEST_OF_A_MOBILE;
    return { number, shared: named !== null || long };
  }
  // Abroad mobile numbers look like any other: only what is said to be one.
  const extension = kind === "foreign"
    ? NAMED.exec(behind)
    : named ?? marked ?? SPACED.exec(behind);
  const full = extension ? `${number};ext=${extension[1]}` : number;
  return { number: full, shared: kind === "service" };
}

/** As people here write it; read again, it is the same number. */
export function spellPhone(number: string): string {
  const [plain = "", extension] = number.split(";ext=");
  const mark = plain.startsWith("+86") ? "-" : "转";
  return inCountry(plain) + (extension ? mark + extension : "");
}

/** Landlines have a trunk zero inside the country; mobiles and 400 have none. */
function inCountry(number: string): string {
  if (!number.startsWith("+86")) return number;
  const digits = number.slice("+86".length);
  return /^1[3-9]\d{9}$|^[48]00/.test(digits) ? digits : `0${digits}`;
}
