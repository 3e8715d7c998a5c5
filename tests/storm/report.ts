/** The run as text: what was done, what was broken, what differs. */
import { type Difference, KINDS } from "./compare.ts";
import { silentKinds, wantedKinds } from "./faults.ts";
import type { StormReport } from "./run.ts";
import { SKEWS } from "./stage.ts";

/** Differences printed of each kind. */
const SHOWN = 15;
/** So many orders are enough to meet every kind of fault. */
const LONG = 500;

/** Nothing differs, and of a long run: nothing that was to go wrong did not. */
export function isSound(
  { options, ledger, differences }:
    & Pick<StormReport, "options" | "ledger">
    & { differences: readonly Difference[] },
): boolean {
  const complete = options.orders < LONG ||
    silentKinds(ledger, options).length === 0;
  return differences.length === 0 && complete;
}

export function reportLines(report: StormReport): string[] {
  const { options, ledger, differences } = report;
  const found = Map.groupBy(differences, (one) => one.kind);
  const faults = new Map(wantedKinds(options).map((kind) => [kind, 0]));
  for (const [kind, times] of ledger.faults) faults.set(kind, times);
  const silent = silentKinds(ledger, options);
  const skews = SKEWS.slice(0, options.instances);
  const lines = [
    "",
    ...table("people", ledger.steps),
    ...table("faults", faults),
    ...table("problems shown", ledger.shown),
    `clocks of the instances against WeCom's: ${skews.join(" ms, ")} ms`,
    silent.length === 0
      ? "every kind of fault happened"
      : `never happened: ${silent.join("; ")}`,
    `orders ${options.orders}, groups bound ${report.bound}, ` +
    `dismissed ${report.dismissed}, given up ${report.givenUp}, ` +
    `chats made ${ledger.made.length}`,
    `compared ${report.groups} groups of the mirror, ` +
    `${report.stays} stays in groups (nobody could know of ` +
    `${report.unknowable}), ${report.contacts} contacts`,
    `comparisons by the reconciler: ${report.runs}`,
    `made twice by a person before WeCom showed the first: ${report.excused}`,
    KINDS.map((kind) => `${kind} ${found.get(kind)?.length ?? 0}`).join(", "),
  ];
  for (const [kind, list] of found) {
    for (const { subject, detail } of list.slice(0, SHOWN)) {
      lines.push(`  ${kind}: ${subject}: ${detail}`);
    }
  }
  if (report.kept) lines.push(`logs and data kept in ${report.kept}`);
  lines.push(`seed ${options.seed}, plan ${report.plan}, ${report.seconds} s`);
  return lines;
}

/** The numbers of differences in such a report, by kind; empty without one. */
export function differencesIn(text: string): ReadonlyMap<string, number> {
  const [summary = ""] = /^lost \d+, .*$/m.exec(text) ?? [];
  return new Map(
    [...summary.matchAll(/(\w+) (\d+)/g)]
      .map(([, kind = "", times]) => [kind, Number(times)]),
  );
}

function table(title: string, tally: ReadonlyMap<string, number>): string[] {
  const rows = [...tally].sort(([a], [b]) => a < b ? -1 : 1);
  return [
    `${title}:`,
    ...rows.map(([kind, times]) => `  ${String(times).padStart(7)}  ${kind}`),
  ];
}

/** Such a report in a line: what differs, or why there is none. */
export function findingsIn(text: string): string {
  const differing = [...differencesIn(text)].filter(([, times]) => times > 0)
    .map(([kind, times]) => `${kind} ${times}`);
  const [silent] = /^never happened: .+$/m.exec(text) ?? [];
  if (differing.length > 0) return differing.join(", ");
  if (differencesIn(text).size > 0) return silent ?? "nothing differs";
  const error = /^(?:error: )?(?:Uncaught .*)$/m.exec(text)?.[0];
  return error ?? text.trimEnd().split("\n").at(-1) ?? "no report";
}
