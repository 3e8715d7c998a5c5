/**
 * Chance from one seed. Every actor has dice of its own, made from the seed and
 * its name, so that what one of them draws does not move the others: the plan
 * of a run (who does what, who dies where) is the same for the same seed, even
 * though the machine's timing is not.
 */
import { seededRandom } from "../../lib/sandbox/ids.ts";

export interface Dice {
  /** In [0, 1). */
  next(): number;
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  int(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  /** Dice of their own for somebody. */
  fork(name: string): Dice;
}

export function createDice(seed: number): Dice {
  const next = seededRandom(seed);
  return {
    next,
    chance: (probability) => next() < probability,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick(list) {
      const one = list[Math.floor(next() * list.length)];
      if (one === undefined) throw new RangeError("Cannot pick from nothing");
      return one;
    },
    fork: (name) => createDice(mix(seed, name)),
  };
}

/** FNV-1a over the name, begun with the seed. */
function mix(seed: number, name: string): number {
  let hash = (2166136261 ^ seed) >>> 0;
  for (const letter of name) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return hash;
}
