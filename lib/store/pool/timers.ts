/** One timer for each purpose, so that none is left behind. */
export interface Timers {
  /** Instead of the one that the purpose has. */
  set(purpose: object, ms: number, act: () => void): void;
  has(purpose: object): boolean;
  clear(purpose: object): void;
  clearAll(): void;
}

export function createTimers(): Timers {
  const timers = new Map<object, ReturnType<typeof setTimeout>>();

  function clear(purpose: object): void {
    clearTimeout(timers.get(purpose));
    timers.delete(purpose);
  }

  return {
    set(purpose, ms, act) {
      clear(purpose);
      const timer = setTimeout(() => {
        timers.delete(purpose);
        act();
      }, ms);
      timers.set(purpose, timer);
    },
    has: (purpose) => timers.has(purpose),
    clear,
    clearAll() {
      for (const purpose of [...timers.keys()]) clear(purpose);
    },
  };
}
