/**
 * When all is calm: what people are told of each order's group, then again when
 * the group of each order that has two is dissolved, and people came back.
 */
import type { Company } from "./company.ts";
import type { Difference } from "./compare.ts";
import { compareTold, loseGroups } from "./compare_told.ts";
import type { Crowd, Shown } from "./crowd.ts";
import type { Ledger } from "./ledger.ts";
import type { Stage } from "./stage.ts";

export async function lookAndLose(
  { stage, crowd, company, ledger, sleepMs, tell }: {
    stage: Stage;
    crowd: Crowd;
    company: Company;
    ledger: Ledger;
    /** Longer than what was read a moment ago is not read again. */
    sleepMs: number;
    tell: (line: string) => void;
  },
): Promise<{ shown: Map<string, Shown>; untold: Difference[] }> {
  const { world } = stage;
  await stage.startAll();
  const before = await crowd.lookAgain();
  const untold = compareTold(world, company, ledger, before);
  loseGroups(world, ledger);
  await stage.sleepOver(sleepMs);
  await crowd.lookAgain();
  await crowd.comeBack();
  tell(`groups were lost, ${crowd.open().length} orders still open`);
  const shown = await crowd.lookAgain();
  untold.push(...compareTold(world, company, ledger, shown));
  await stage.stopAll();
  return { shown, untold };
}
