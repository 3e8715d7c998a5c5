/**
 * What a storm must have injected to prove anything, by the names under which
 * it is counted. A kind that never happened is a silent hole: the report names
 * it, and a long run fails with it.
 */
import { RULES } from "./mail.ts";
import { ODDITY_NAMES } from "../../lib/sandbox/mod.ts";
import type { Death } from "./plan.ts";
import type { Ledger } from "./ledger.ts";

/** Errors of WeCom that the product must get over (doc 90313). */
export const ERRCODES = [-1, 45009, 45033, 40014, 42001] as const;

/** How an answer to one page of a listing is spoilt. */
export type PageFault =
  | `errcode ${typeof ERRCODES[number]}`
  | "http 502"
  | "garbage"
  | "close"
  | "hang"
  | "kill -9 instance";

export const PAGE_FAULTS: readonly PageFault[] = [
  ...ERRCODES.map((code) => `errcode ${code}` as const),
  "http 502",
  "garbage",
  "close",
  "hang",
  "kill -9 instance",
];

/** Listings with several pages, by the name of their endpoint. */
export const PAGED = {
  "externalcontact/batch/get_by_user": "contacts",
  "externalcontact/groupchat/list": "groups",
} as const;

export type Paged = typeof PAGED[keyof typeof PAGED];

export const inPages = (paged: Paged, fault: PageFault) =>
  `${fault} after the first page of ${paged}`;

const DEATHS: readonly Death[] = [
  "previewing",
  "preparing",
  "confirming",
  "asked",
  "made",
  "recording",
];

/** By the server, each time after people have begun anew. */
export const SESSIONS_ENDED =
  "all connections to database ended many times in a second";

/** With one Postgres and several instances; PGlite dies with its process. */
const OF_POSTGRES = [
  "kill -9 database",
  "kill -9 database at a query",
  "kill -9 instance at a query",
  "connection to database cut",
  "all connections to database cut",
  SESSIONS_ENDED,
];

const ALWAYS = [
  "kill -9 instance",
  "kill -9 instance before WeCom answers",
  "kill -9 instance after WeCom did it",
  "connection to WeCom cut",
  "all connections to WeCom cut",
  ...DEATHS.map((death) => `page died ${death}`),
  ...["lost", "cut", "unheard", "twice", "late", "again", "stray"]
    .map((fate) => `request ${fate}`),
  "tapped twice",
  "two people at once",
  "two devices at once",
  "device clock wrong",
  "sheet looked at and left",
  "group dissolved while it was offered",
  "event of a dissolution lost",
  "client made two groups",
  "renamed while a question was open",
  "group dissolved beside another one",
  "client refused",
  "client mute",
  "chatId withheld",
  "foreign chat reported",
  ...["twice", "out of order", "lost", "of the old form"]
    .map((mishap) => `event ${mishap}`),
  ...RULES.map((rule) => `event by the rule of ${rule}`),
  ...ERRCODES.map((code) => `WeCom errcode ${code}`),
  ...["http 500", "http 502", "hang", "garbage", "close", "slow"]
    .map((kind) => `WeCom ${kind}`),
  ...ODDITY_NAMES.map((oddity) => `WeCom ${oddity}`),
  "WeCom down for seconds",
  "WeCom answered with an older state",
  "all tokens expired",
  "leases run out",
  "searches run out",
  "comparison started",
  "comparisons at once",
];

/** Every kind that a run like this one must have seen. */
export function wantedKinds(
  { database, kills }: { database: "postgres" | "pglite"; kills: boolean },
): string[] {
  const needKills = /^kill -9|^all connections|run out$/;
  const pages = (["contacts", "groups"] as const).flatMap((paged) =>
    PAGE_FAULTS.map((fault) => inPages(paged, fault))
  );
  return [...ALWAYS, ...pages, ...database === "postgres" ? OF_POSTGRES : []]
    .filter((kind) => kills || !needKills.test(kind))
    .sort();
}

/** Kinds that were to happen and did not. */
export function silentKinds(
  { faults }: Ledger,
  options: Parameters<typeof wantedKinds>[0],
): string[] {
  return wantedKinds(options).filter((kind) => !faults.get(kind));
}
