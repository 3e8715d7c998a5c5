/** The ways back, in several orders, over many random worlds. */
import { contradiction } from "../groups/worlds/confluence.ts";

const WORLDS = 100_000;
/** Apart from those of the tests. */
const FIRST_SEED = 1_000_000;

export async function benchConfluence() {
  const began = performance.now();
  let contradictions = 0;
  let first: string | null = null;
  for (let n = 0; n < WORLDS; n++) {
    const found = await contradiction(FIRST_SEED + n);
    if (!found) continue;
    contradictions += 1;
    first ??= `world ${FIRST_SEED + n}: ${found}`;
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return { worlds: WORLDS, contradictions, first, seconds };
}
