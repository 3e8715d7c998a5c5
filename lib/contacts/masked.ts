/**
 * The last guard before an answer leaves: people type numbers into names of groups
 * and remarks, and a number of a person is shown nowhere. What is made of texts of
 * ours is masked where it is read; this is for what was there before, and for texts
 * that WeCom tells.
 */
const DIGIT = "[0-9０-９]";
/** Also spelled with blanks, dashes or wide digits, and with the country's code. */
const MOBILE = new RegExp(
  `(?<!${DIGIT})(?:[+＋]?[8８][6６][ 　-]?)?[1１][3-9３-９]${DIGIT}` +
    `[ 　-]?${DIGIT}{4}[ 　-]?${DIGIT}{4}(?!${DIGIT})`,
);
const MOBILES = new RegExp(MOBILE, "g");
/**
 * Ids and addresses are what they are: masked they would lead nowhere. The number of
 * an order was masked when it was stored, and the welcome may tell the company's own.
 */
const EXACT =
  /(id|ids|url|href|path|code|avatar|version|cursor|state|signature|subject|orderNo|welcome)$/i;

/** The same, with the mobile numbers in its texts masked; ids and addresses stay. */
export function withoutNumbers<T>(answer: T): T {
  const text = JSON.stringify(answer);
  if (text === undefined || !MOBILE.test(text)) return answer;
  return hideIn("", answer) as T;
}

function hideIn(key: string, value: unknown): unknown {
  if (typeof value === "string") {
    return EXACT.test(key) ? value : value.replace(MOBILES, maskMobile);
  }
  if (Array.isArray(value)) return value.map((one) => hideIn(key, one));
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, hideIn(name, one)]),
  );
}

/** 138****8000, as everywhere. */
function maskMobile(spelled: string): string {
  const number = spelled.normalize("NFKC").replace(/\D/g, "").slice(-11);
  return `${number.slice(0, 3)}****${number.slice(-4)}`;
}

/** For what is no answer: paths and names of flows in a log, ids that somebody made up. */
export function hideMobiles(text: string): string {
  return text.replace(MOBILES, maskMobile);
}
