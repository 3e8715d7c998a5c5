/** Numbers of a seed (mulberry32): the same seed rolls the same. */
export interface Dice {
  /** 0 to below `limit`, whole. */
  below(limit: number): number;
  chance(share: number): boolean;
  of<T>(values: readonly [T, ...T[]]): T;
  shuffled<T>(values: readonly T[]): T[];
}

export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  function roll(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(roll() * limit);
  return {
    below,
    chance: (share) => roll() < share,
    of: (values) => values[below(values.length)] ?? values[0],
    shuffled(values) {
      const rest = [...values];
      for (let at = rest.length - 1; at > 0; at--) {
        const other = below(at + 1);
        [rest[at], rest[other]] = [rest[other] as never, rest[at] as never];
      }
      return rest;
    },
  };
}
