/**
 * A telephone field as a person reads it: what forms, spreadsheets and web
 * pages did to the text on its way here is undone, and what only looks like a
 * digit is taken out, before anybody looks for numbers in it.
 */

/** No field of telephone numbers is longer; a text without end costs no time. */
const LONGEST = 1_000;
/** Encoded twice, or once more by a program in between. */
const ROUNDS = 3;

/**
 * One spelling of blanks, dashes and digits: plain digits, single blanks. Line
 * breaks stay, since no number goes over one.
 */
export function readable(text: string): string {
  const decoded = decode(text.slice(0, LONGEST));
  // ①, ², ㎡ and 1️⃣ would become digits of the number that they stand beside.
  const plain = decoded.replace(/\d\ufe0f?\u20e3|[\p{No}\p{So}]/gu, " ")
    .normalize("NFKC")
    // Behind a whole number something else begins.
    .replace(/(?<=(?<!\d)1[3-9]\d{9})\p{Cf}+(?=\d)/gu, " ")
    .replace(/[\p{Cf}\p{M}]/gu, "")
    .replace(/[\p{Zs}\t]+/gu, " ");
  return asTyped(plain).trim();
}

/** Percent-encoding, HTML entities and the escapes of JSON. */
function decode(text: string): string {
  if (!/[%&\\]/.test(text)) return text;
  for (let round = 0; round < ROUNDS; round++) {
    const before = text;
    text = text.replace(PERCENT, decodePercent)
      .replace(
        /&#x([\da-f]{1,6});|&#(\d{1,7});/gi,
        (_, hex?: string, decimal?: string) =>
          character(hex ? parseInt(hex, 16) : Number(decimal)),
      )
      .replace(/&([a-z]{2,20});?/gi, (_, name: string) => ENTITIES[name] ?? " ")
      .replace(/\\u([\da-f]{4})/gi, (_, hex) => character(parseInt(hex, 16)))
      .replace(/\\[nrt]/g, "\n");
    if (text === before) break;
  }
  return text;
}

/** ASCII marks, and whole characters of UTF-8; "100%135…" is a percentage. */
const PERCENT =
  /(?:%(?:0[9ad]|2[\da-f]|3[a-f]|5[bd]|7c)|%[c-f][\da-f](?:%[89ab][\da-f])+)+/gi;

function decodePercent(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return " ";
  }
}

/** Those that editors put beside numbers; any other counts as a blank. */
const ENTITIES: Record<string, string> = {
  amp: "&",
  plus: "+",
  lpar: "(",
  rpar: ")",
  minus: "-",
  ndash: "-",
  mdash: "-",
  hyphen: "-",
  ast: "*",
  num: "#",
  comma: ",",
  zwj: "",
  zwnj: "",
  lrm: "",
  rlm: "",
  shy: "",
  ZeroWidthSpace: "",
  NoBreak: "",
};

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : " ";
}

/** Numbers that a spreadsheet took for amounts, as they were typed. */
function asTyped(text: string): string {
  return text
    .replace(
      /(?<![\d.])(?:(?<!\d)\+)?(\d)(?:\.(\d+))?E\+?0*(\d{1,2})(?!\d)/gi,
      (_, head: string, decimals = "", exponent: string) =>
        unrounded(head + decimals, decimals.length, Number(exponent)),
    )
    // 13,512,345,678
    .replace(
      /(?<![\d,])\d{1,3}(?:,\d{3}){3,4}(?![\d,])/g,
      (amount) => amount.replaceAll(",", ""),
    )
    .replace(DECIMALS, "");
}

/** Behind a whole number only: 138.00… may be one that is written with dots. */
const DECIMALS =
  /(?<=(?<!\d)(?:(?:86)?1[3-9]\d{9}|0?(?!86)[2-9]\d{9,10}))\.0{1,6}(?!\d)/g;

/** 1.35123E+10 lost its last digits; only their zeros may be put back. */
function unrounded(digits: string, decimals: number, exponent: number) {
  const zeros = exponent - decimals;
  if (zeros > 2) return "\n";
  const whole = digits.slice(0, exponent + 1);
  const isWhole = /^0*$/.test(digits.slice(exponent + 1));
  return isWhole ? whole.padEnd(exponent + 1, "0") : "\n";
}
