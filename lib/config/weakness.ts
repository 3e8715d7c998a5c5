/**
 * Keys and addresses that would start and protect nothing: guessed keys, one key
 * for two purposes, a secret sent openly, an example that nobody filled in. Only a
 * company's are judged: the sandbox has nothing to protect.
 */
import type { Problem } from "./error.ts";
import { isNear, originOf } from "./values.ts";
import type { Variables } from "./variables.ts";

const KEYS = [
  "SESSION_SECRET",
  "DATA_KEY",
  "RELAY_SECRET",
  "ERP_INBOUND_TOKEN",
] as const;
/** A key of before may be as it was: it is on its way out. */
const FORMER = [
  ["SESSION_SECRET_PREVIOUS", "SESSION_SECRET"],
  ["DATA_KEY_PREVIOUS", "DATA_KEY"],
] as const;

/** A random key has more in any writing; a short token of hex digits may not. */
const FEWEST_CHARACTERS = 10;
const FEWEST_OF_SHORT = 6;
const LONG = 32;
const SHORTEST_TOKEN = 16;

/** As examples are written, in our documents and in others'. */
const PLACEHOLDER =
  /change.?me|replace.?(me|this|with)|placeholder|your[-_ ]|^<.*>$|^x{6,}$|example|填写|你的/i;
const FILLED_IN = [
  "WECOM_CORP_ID",
  "WECOM_SECRET",
  "WECOM_CALLBACK_TOKEN",
  ...KEYS,
] as const;

const CARRIES_SECRETS = [
  ["WECOM_API_BASE", "the app's secret"],
  ["ERP_RUNFLOW_URL", "the ERP's token"],
] as const;

/** Each by the name of the variable that mends it. */
export function weaknesses(v: Partial<Variables>): Problem[] {
  return [
    ...weakKeys(v),
    ...unchangedKeys(v),
    ...openSecrets(v),
    ...placeholders(v),
  ];
}

function weakKeys(v: Partial<Variables>): Problem[] {
  const known = new Map<string, string>();
  return KEYS.flatMap((name): Problem[] => {
    const key = v[name];
    if (key === undefined) return [];
    const twin = known.get(key);
    if (twin) {
      return [{ name, problem: `is the same as ${twin}: each needs its own` }];
    }
    known.set(key, name);
    if (name === "ERP_INBOUND_TOKEN" && key.length < SHORTEST_TOKEN) {
      const problem = `needs at least ${SHORTEST_TOKEN} characters`;
      return [{ name, problem }];
    }
    if (isVaried(key)) return [];
    const problem = "is easy to guess: make one by `openssl rand -base64 32`";
    return [{ name, problem }];
  });
}

function unchangedKeys(v: Partial<Variables>): Problem[] {
  return FORMER.flatMap(([name, present]) =>
    v[name] !== undefined && v[name] === v[present]
      ? { name, problem: `is the same as ${present}` }
      : []
  );
}

/** Not one text again and again, and not of a handful of characters. */
function isVaried(key: string): boolean {
  const repeats = (key + key).indexOf(key, 1) < key.length;
  const fewest = key.length < LONG ? FEWEST_OF_SHORT : FEWEST_CHARACTERS;
  return !repeats && new Set(key).size >= fewest;
}

function openSecrets(v: Partial<Variables>): Problem[] {
  return CARRIES_SECRETS.flatMap(([name, what]): Problem[] => {
    const address = v[name];
    if (address === undefined || !URL.canParse(address)) return [];
    const { protocol, hostname } = new URL(address);
    if (protocol !== "http:" || isNear(hostname)) return [];
    const problem = `is http to another network: ${what} would travel openly`;
    return [{ name, problem }];
  });
}

/** Beside an address that others reach. */
function placeholders(v: Partial<Variables>): Problem[] {
  if (!originOf(v)?.startsWith("https:")) return [];
  return FILLED_IN.flatMap((name) =>
    PLACEHOLDER.test(v[name] ?? "")
      ? { name, problem: "is still the text of an example" }
      : []
  );
}
