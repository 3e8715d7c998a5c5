/**
 * What a telephone number looks like in a readable text: one pass for each way
 * of writing it, the surest first; what a pass has taken no later one sees.
 * Digits beside a number are never made part of it, as house and order numbers,
 * ids, dates and budgets stand there, too. libphonenumber tells which codes and
 * lengths exist; a Chinese mobile number is 1, 3 to 9 and nine digits, whatever
 * series its tables know today.
 */
import parsePhoneNumber from "libphonenumber-js/max";

/** A number in the text, and where it stands. */
export interface Sighting {
  /** E.164 */
  number: string;
  kind: "mobile" | "landline" | "service" | "foreign";
  startsAt: number;
  endsAt: number;
}

/** Marks that people put inside a number. */
const MARK = "[ ()\\[\\]【】._·・•‧∙⋅\\-‐‒–—―−ー一]";
const ANY = `${MARK}{0,3}`;
const SOME = `${MARK}{1,3}`;
/** Nothing stands beside it that could be part of it. */
const ALONE = `(?<!\\d${ANY})`;
const AT_END = `(?!${ANY}\\d)`;
/** +86, 0086, 086, (+86), 86-86-. */
const CHINA = `(?:\\(?\\+?\\(?0{0,2}86${ANY}){1,3}`;
/** The country, a trunk zero, or the code of a cheap carrier. */
const PREFIX =
  `(?:${CHINA}(?:\\(?0\\)?${ANY})?|0|(?:179(?:08|09|11|51)|12593)${ANY})?`;
const AREA = "(?:10|2\\d|[3-9]\\d{2})";
const LOCAL =
  `(?!0)(?:\\d{7,8}|\\d{3,4}${MARK}\\d{4}|\\d{2}(?:${MARK}\\d{2}){3})(?!\\d)`;

interface Pass {
  kind: Sighting["kind"];
  /** The first group holds the number: national, or behind the plus. */
  pattern: RegExp;
  read(digits: string): string | null;
}

function pass(
  kind: Sighting["kind"],
  pattern: string,
  read: Pass["read"],
): Pass {
  return { kind, pattern: new RegExp(pattern, "g"), read };
}

const mobile = (digits: string) =>
  /^1[3-9]\d{9}$/.test(digits) ? `+86${digits}` : null;
/** In no area a number begins with a zero, whatever libphonenumber lets pass. */
const landline = (digits: string) =>
  new RegExp(`^0?${AREA}(?!0)`).test(digits) ? service(digits) : null;
const service = (digits: string) => existing(`+86${digits.replace(/^0/, "")}`);
const abroad = (digits: string) => existing(`+${digits}`);

/** A mobile number in groups of these lengths. */
function grouped(...lengths: number[]): Pass {
  const groups = lengths.map((length) => `\\d{${length}}`).join(SOME);
  return pass("mobile", `(?<!\\d)${PREFIX}(${groups})(?!\\d)`, mobile);
}

const PASSES: readonly Pass[] = [
  pass("mobile", `(?<!\\d)${PREFIX}(1[3-9]\\d{9})(?!\\d)`, mobile),
  // Hong Kong, Macao and Taiwan without a plus.
  ...[
    `852[:/]?${ANY}[2-9]\\d{3}${MARK}?\\d{4}`,
    `853[:/]?${ANY}[268]\\d{3}${MARK}?\\d{4}`,
    `886[:/]?${ANY}\\(?0?\\)?9(?:${MARK}?\\d){8}`,
    `886[:/]?${ANY}\\(?0?\\)?[2-8]\\d?${ANY}\\d{3,4}${MARK}?\\d{4}`,
  ].map((shape) =>
    pass("foreign", `(?<!\\d)\\+?0{0,2}(${shape})(?!\\d)`, abroad)
  ),
  grouped(3, 4, 4),
  pass(
    "landline",
    `(?<!\\d)${CHINA}\\(?(0?${ANY}${AREA}${ANY}${LOCAL})`,
    landline,
  ),
  pass("landline", `(?<!\\d)\\(?(0${AREA}(?:${ANY}|[/:])${LOCAL})`, landline),
  // A spreadsheet has taken the zero.
  pass("landline", `${ALONE}(${AREA}-\\d{7,8})(?!\\d)`, landline),
  pass("landline", "^([3-9]\\d{10})$", landline),
  ...[[3, 3, 5], [3, 8], [7, 4], [4, 3, 4], [4, 4, 3]].map((lengths) =>
    grouped(...lengths)
  ),
  ...[
    `[48]00${MARK}?(?:\\d{7}|\\d{3}${MARK}\\d{4}|\\d{4}${MARK}\\d{3})`,
    `[48]00\\d${MARK}\\d{3}${MARK}\\d{3}`,
  ].map((shape) =>
    // "1.400…" is the first of a list, "1 800…" may be one number.
    pass(
      "service",
      `(?<!\\d(?!\\.)${ANY})(?<!\\d)(?:${CHINA})?(${shape})(?!\\d)`,
      service,
    )
  ),
  // As Americans write it; else it would look like 141 5555 2671.
  ...["-", "\\."].map((dash) =>
    pass(
      "foreign",
      `${ALONE}(1${dash}\\d{3}${dash}\\d{3}${dash}\\d{4})${AT_END}`,
      abroad,
    )
  ),
  // However it is decorated, when nothing else stands beside it.
  pass("mobile", `${ALONE}${PREFIX}(1(?:${ANY}\\d){10})${AT_END}`, mobile),
];

/**
 * A plus right behind a digit joins two numbers. So does one between two mobile
 * numbers, although 1 351… could be in America.
 */
const JOINS = "(?<=(?:(?<!\\d)86|1[3-9]\\d{9}) ?)\\+ ?1[3-9]\\d{9}(?!\\d)";
const WITH_PLUS = new RegExp(
  // Zeros within a number are no code.
  `(?:(?<!\\d)(?!${JOINS})\\+ ?|(?:${ALONE}|(?<=\\d{7}${SOME}))00)` +
    `(?!\\(?0*86)\\(?[1-9](?:${ANY}\\d){7,30}`,
  "g",
);
/** One after the other, with nothing between them. */
const GLUED = /(?<!\d)(?:(?:86)?1[3-9]\d{9}){2,}(?!\d)/g;
const MOBILE = "(1[3-9]\\d{9})";
const LANDLINE = `(0${AREA}-?[2-9]\\d{6,7})`;
const NEXT_OF_LIST = "[2-9][.、):]";
/** With nothing between them but what begins the next: a zero, or "2." */
const GLUED_TO_OTHERS: readonly Pass[] = [
  pass(
    "mobile",
    `(?<!\\d)${MOBILE}(?=${NEXT_OF_LIST} ?${MOBILE}(?:(?!\\d)|${NEXT_OF_LIST}))`,
    mobile,
  ),
  pass("mobile", `(?<!\\d)${MOBILE}(?=${LANDLINE}(?!\\d))`, mobile),
  pass("landline", `(?<!\\d)${LANDLINE}(?=${MOBILE}(?!\\d))`, landline),
];
/** What has the digits of a number, and is none. */
const NO_NUMBERS = [
  // 20261120 behind something else than an area code
  new RegExp(
    "(?<![\\d(\\[._·-]|0\\d{2,3}[ )]{1,2})(?:19|20)\\d{2}" +
      `(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])${AT_END}`,
    "g",
  ),
  // 2026-11-20
  new RegExp(
    "(?<![\\d.-])(?:19|20)\\d{2}([-.])" +
      `(?:0?[1-9]|1[0-2])\\1(?:0?[1-9]|[12]\\d|3[01])${AT_END}`,
    "g",
  ),
  // 13-2-1501, and a sum behind it
  new RegExp(
    `${ALONE}\\d{1,2}-\\d{1,2}-\\d{3,4}(?= \\d{1,8}${AT_END})`,
    "g",
  ),
  // The number of a bank card, in fours
  /(?<!\d)[3-6]\d{3}(?: \d{4}){3,4}(?: \d{1,3})?(?!\d)/g,
];

/** All numbers of a readable text, in their order. */
export function sightings(text: string): Sighting[] {
  const found: Sighting[] = [];
  let rest = text;
  const take = (seen: readonly Sighting[]) => {
    found.push(...seen);
    rest = without(rest, seen);
  };
  if (text.includes("+") || text.includes("00")) take(withPlus(rest));
  for (const pattern of NO_NUMBERS) rest = rest.replace(pattern, blank);
  take(glued(rest));
  for (const pass of GLUED_TO_OTHERS) take(seenBy(pass, rest));
  for (const pass of PASSES) {
    if (!MAY_HOLD_ONE.test(rest)) break;
    take(seenBy(pass, rest));
  }
  take(found.flatMap((one) => inSameArea(one, rest)));
  return found.sort((a, b) => a.startsAt - b.startsAt);
}

/** The shortest number is ten digits in a row, with marks or without. */
const MAY_HOLD_ONE = new RegExp(`(?:\\d[/:]?${ANY}){10}`);

/** The text with its numbers blanked; everything else stays where it is. */
export function without(text: string, seen: readonly Sighting[]): string {
  for (const { startsAt, endsAt } of seen) {
    text = text.slice(0, startsAt) + blank(text.slice(startsAt, endsAt)) +
      text.slice(endsAt);
  }
  return text;
}

function blank(text: string): string {
  return "\n".repeat(text.length);
}

function seenBy({ kind, pattern, read }: Pass, text: string): Sighting[] {
  return Array.from(text.matchAll(pattern)).flatMap((match) => {
    const number = read((match[1] ?? "").replace(/\D/g, ""));
    const startsAt = match.index;
    const endsAt = startsAt + match[0].length;
    return number === null ? [] : [{ number, kind, startsAt, endsAt }];
  });
}

function glued(text: string): Sighting[] {
  return Array.from(text.matchAll(GLUED)).flatMap(({ 0: run, index }) =>
    Array.from(run.matchAll(/(?:86)?(1[3-9]\d{9})/g)).map((one): Sighting => ({
      number: `+86${one[1]}`,
      kind: "mobile",
      startsAt: index + one.index,
      endsAt: index + one.index + one[0].length,
    }))
  );
}

/** Behind a plus the longest row of groups that is a number of its country. */
function withPlus(text: string): Sighting[] {
  return Array.from(text.matchAll(WITH_PLUS)).flatMap((match): Sighting[] => {
    const startsAt = match.index;
    for (let endsAt = startsAt + match[0].length; endsAt > startsAt; endsAt--) {
      if (
        /^\d/.test(text.slice(endsAt)) || !/\d/.test(text[endsAt - 1] ?? "")
      ) {
        continue;
      }
      const digits = text.slice(startsAt, endsAt).replace(/\D/g, "")
        .replace(/^00/, "");
      const number = digits.length >= 8 ? existing(`+${digits}`) : null;
      if (number) return [{ number, kind: "foreign", startsAt, endsAt }];
    }
    return [];
  });
}

/** 0571-88886666/88887777: its area code goes for those behind it. */
const BEHIND = new RegExp(
  `^ ?[/,;、或] ?(\\d{3,4}${MARK}?\\d{4})(?!${ANY}\\d)`,
);

function inSameArea({ number, kind, endsAt }: Sighting, text: string) {
  const [, area] = /^\+86(10|2\d|[3-9]\d{2})/.exec(number) ?? [];
  const seen: Sighting[] = [];
  let behind: RegExpExecArray | null = null;
  while (
    kind === "landline" && (behind = BEHIND.exec(text.slice(endsAt)))
  ) {
    const found = landline(`${area}${behind[1]?.replace(/\D/g, "")}`);
    if (!found) break;
    const startsAt = endsAt;
    endsAt += behind[0].length;
    seen.push({ number: found, kind, startsAt, endsAt });
  }
  return seen;
}

/** Null when no such number can exist; the zero behind a code is left out. */
function existing(number: string): string | null {
  const parsed = parsePhoneNumber(number);
  return parsed?.isValid() ? parsed.number : null;
}
