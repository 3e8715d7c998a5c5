/**
 * All checks, in the order in which they save time (OPS.md): first what is ours,
 * then WeCom, then what is seen from outside.
 */
import { type Check, type Line, runChecks } from "./check.ts";
import { COMPANY } from "./company.ts";
import type { DoctorParts } from "./parts.ts";
import { PUBLIC } from "./public.ts";
import { RECORDS } from "./records.ts";
import { relay } from "./relay.ts";

const AT_FIRST = [
  "mode",
  "database",
  "schema",
  "encoding",
  "company",
  "data-key",
  "cache",
];
const LAST = ["staff", "orders", "admins", "events", "night", "welcome"];

export const CHECKS: readonly Check<DoctorParts>[] = sorted([
  ...RECORDS,
  relay,
  ...COMPANY,
  ...PUBLIC,
]);

function sorted(all: Check<DoctorParts>[]): Check<DoctorParts>[] {
  const rank = ({ name }: { name: string }) => {
    const first = AT_FIRST.indexOf(name);
    if (first >= 0) return first - AT_FIRST.length;
    const last = LAST.indexOf(name);
    if (last >= 0) return last + 1;
    return name === "clients" || name === "quota" ? LAST.length + 1 : 0;
  };
  return all.toSorted((a, b) => rank(a) - rank(b));
}

/** `only`: names of checks; empty for all. */
export async function examine(
  parts: DoctorParts,
  patienceMs: number,
  only: readonly string[] = [],
): Promise<Line[]> {
  const wanted = CHECKS.filter(({ name }) =>
    only.length === 0 || only.includes(name)
  );
  return await runChecks(wanted, parts, patienceMs);
}

/** Something is not as it has to be. */
export function isIll(lines: readonly Line[]): boolean {
  return lines.some(({ state }) => state === "failed");
}

const MARKS = { ok: "✓", warning: "!", failed: "✗", unknown: "?" } as const;

/** For a person. `shared`: to be sent to others, without anybody's id. */
export function tell(line: Line, shared = false): string[] {
  const { state, name, title, cause, place, who, document, detail } = line;
  const cure = [
    ...place ? [`到：${place}`] : [],
    ...who && state !== "ok" ? [`由：${who}`] : [],
    ...document && state !== "ok" ? [`文档：${document}`] : [],
  ];
  return [
    `${MARKS[state]} ${title}（${name}）：${cause}`,
    ...detail && !shared ? [`    ${detail}`] : [],
    ...cure.length > 0 ? [`    ${cure.join("  ")}`] : [],
  ];
}
