/**
 * Telephone numbers as people type them, made comparable. WeCom keeps what the
 * member of staff typed into the remark (`remark_mobiles`, doc 92114): full
 * width digits, +86, 0086, spaces, dashes, invisible marks that came along with
 * a copy, several numbers in one field, landlines with an extension.
 */
import { parsePhoneNumberFromString } from "libphonenumber-js";

const COUNTRY = "CN";
/** What people put between two numbers in one field. */
const BETWEEN_NUMBERS = /[/,，;；、|\n]|\s或\s?|或/;
const EXTENSION = /(?:转|轉|分机|ext\.?|x|#)\s*(\d{1,6})\s*$/i;
/** 0571-88888888-123: the last group after a complete landline number. */
const DASHED_EXTENSION = /^(\D*0\d{2,3}[-\s)]*\d{7,8})-(\d{1,6})\s*$/;
const TOO_SHORT = 5;
/** Mobile numbers one after the other, with nothing we know between them. */
const MOBILES = /(?:(?:\+|00)?86)?(1[3-9]\d{9})/g;
const ONLY_MOBILES = /^(?:(?:(?:\+|00)?86)?1[3-9]\d{9}){2,}$/;

/**
 * The numbers in a text, each in one spelling: E.164, with `;ext=` for an
 * extension, or the bare digits where the text is no number of the plan. Empty
 * where there is none. The order is kept, doubles are not.
 */
export function normalisePhones(text: string): string[] {
  const found = unify(text).split(BETWEEN_NUMBERS).flatMap(normalisePart);
  return [...new Set(found.filter((number) => number !== null))];
}

/** The digits that may be shown: 138****8000, 0571****8888, short ones less. */
export function maskPhone(text: string): string {
  const [first] = normalisePhones(text);
  if (!first) return "";
  const national = first.startsWith("+86")
    ? nationalForm(first.slice(3))
    : first;
  const [number = ""] = national.split(";");
  if (number.length <= 7) return "****" + number.slice(-2);
  const head = number.startsWith("0") || number.startsWith("+") ? 4 : 3;
  return number.slice(0, head) + "****" + number.slice(-4);
}

function normalisePart(part: string): (string | null)[] {
  const digits = part.replace(/[^\d+]/g, "");
  if (!ONLY_MOBILES.test(digits)) return [normaliseOne(part)];
  return Array.from(digits.matchAll(MOBILES), ([, mobile]) => `+86${mobile}`);
}

function normaliseOne(part: string): string | null {
  part = part.replace(DASHED_EXTENSION, "$1x$2");
  const extension = part.match(EXTENSION)?.[1];
  const digits = part.replace(EXTENSION, "").replace(/[^\d+]/g, "");
  if (digits.replace(/\D/g, "").length < TOO_SHORT) return null;
  const number = parse(digits) ?? digits.replace(/\D/g, "");
  return extension ? `${number};ext=${extension}` : number;
}

function parse(digits: string): string | null {
  const international = digits.replace(/^00(?=[1-9])/, "+")
    // 86 and eleven digits: the country's number without its plus.
    .replace(/^86(?=1\d{10}$)/, "+86")
    // A mobile number behind the trunk zero, as some switchboards want it.
    .replace(/^(\+86)?0(?=1[3-9]\d{9}$)/, "$1");
  return parsePhoneNumberFromString(international, COUNTRY)?.number ?? null;
}

/** Full-width characters become plain ones; marks without width go. */
function unify(text: string): string {
  return text.normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    // Our own spelling, when it is read again.
    .replace(/;ext=(?=\d)/g, "x")
    .replace(/^\s*(?:tel|手机|电话)\s*[:：]?/i, "");
}

/** Landlines have a trunk zero inside the country; mobiles and 400 have none. */
function nationalForm(digits: string): string {
  const areaCoded = digits.length >= 9 && !/^(1\d{10}$|[48]00)/.test(digits);
  return areaCoded ? `0${digits}` : digits;
}
