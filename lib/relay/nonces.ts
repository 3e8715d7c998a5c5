/** Which signed requests came already: each is forwarded once. */

/** Some 100 bytes each: the relay takes 20,000 a minute, for 90 s. */
const MOST = 60_000;
const SWEEP_MS = 10_000;

export interface Nonces {
  has(nonce: string): boolean;
  /** False when it came before, or when there is no room to remember it. */
  take(nonce: string, untilMs: number): boolean;
}

export function createNonces(now: () => number): Nonces {
  const taken = new Map<string, number>();
  let swept = now();

  function sweep(at: number): void {
    swept = at;
    for (const [nonce, untilMs] of taken) {
      if (untilMs < at) taken.delete(nonce);
    }
  }

  return {
    has: (nonce) => taken.has(nonce),

    take(nonce, untilMs) {
      const at = now();
      if (at - swept > SWEEP_MS || taken.size >= MOST) sweep(at);
      if (taken.has(nonce) || taken.size >= MOST) return false;
      taken.set(nonce, untilMs);
      return true;
    },
  };
}
