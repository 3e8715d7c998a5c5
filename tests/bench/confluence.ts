/** The ways back, in several orders, over many random worlds. */
import { contradiction } from "../groups/worlds/confluence.ts";
import { type Bench, runAlone, sized } from "./row.ts";

/** Apart from those of the tests. */
const FIRST_SEED = 1_000_000;
const SHOWN = 3;

export const confluence: Bench = async ({ quick, say }) => {
  const worlds = quick ? 3_000 : 100_000;
  let contradictions = 0;
  for (let n = 0; n < worlds; n++) {
    const found = await contradiction(FIRST_SEED + n);
    if (!found) continue;
    contradictions += 1;
    if (contradictions <= SHOWN) say(`world ${FIRST_SEED + n}: ${found}`);
  }
  return [{
    name: `contradictions between orders of the ways back, ${
      sized(worlds)
    } worlds`,
    value: contradictions,
    unit: "worlds",
    limit: { most: 0 },
  }];
};

if (import.meta.main) await runAlone(confluence);
