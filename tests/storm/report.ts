/** The run as text: what was done, what was broken, what differs. */
import type { Kind } from "./compare.ts";
import type { StormReport } from "./run.ts";

const KINDS: readonly Kind[] = [
  "lost",
  "doubled",
  "foreign",
  "stale",
  "contacts",
];
/** Differences printed of each kind. */
const SHOWN = 15;

export function reportLines(report: StormReport): string[] {
  const { options, ledger, differences } = report;
  const found = Map.groupBy(differences, (one) => one.kind);
  const lines = [
    "",
    ...table("people", ledger.steps),
    ...table("faults", ledger.faults),
    ...table("problems shown", ledger.shown),
    `orders ${options.orders}, groups bound ${report.bound}, ` +
    `dismissed ${report.dismissed}, given up ${report.givenUp}, ` +
    `chats made ${ledger.made.length}, contacts compared ${report.contacts}`,
    `made twice by a person before WeCom showed the first: ${report.excused}`,
    KINDS.map((kind) => `${kind} ${found.get(kind)?.length ?? 0}`).join(", "),
  ];
  for (const [kind, list] of found) {
    for (const { subject, detail } of list.slice(0, SHOWN)) {
      lines.push(`  ${kind}: ${subject}: ${detail}`);
    }
  }
  if (report.kept) lines.push(`logs and data kept in ${report.kept}`);
  lines.push(`seed ${options.seed}, ${report.seconds} s`);
  return lines;
}

function table(title: string, tally: ReadonlyMap<string, number>): string[] {
  const rows = [...tally].sort(([a], [b]) => a < b ? -1 : 1);
  return [
    `${title}:`,
    ...rows.map(([kind, times]) => `  ${String(times).padStart(7)}  ${kind}`),
  ];
}
