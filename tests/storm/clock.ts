/**
 * The world's clock, and those of the instances: each a few seconds off, as on
 * machines in real life. A jump lets leases and searches run out without
 * waiting for them. The product has no switch for any of it: a module loaded
 * before it (`--preload`) moves the clock of its process.
 */
export interface Clock {
  /** ms since epoch, in the world. */
  now(): number;
  /** How far the world is ahead of this machine, ms. */
  readonly ahead: number;
  jump(ms: number): void;
}

export function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    get ahead() {
      return ahead;
    },
    jump(ms) {
      ahead += ms;
    },
  };
}

/** Source of a module that moves `Date` by `ms` for the process that loads it. */
export function skewModule(ms: number): string {
  return `const now = Date.now;
Date.now = () => now() + ${ms};
globalThis.Date = new Proxy(Date, {
  apply: () => new Date().toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [now() + ${ms}], newTarget),
});
`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
