/**
 * For how long this process has seen something as it is. Clocks of processes
 * differ, so what another one wrote is not compared with ours: it is as old as
 * our first sight of it.
 */
export class Sightings {
  readonly #seen = new Map<string, { as: string | number; at: number }>();
  readonly #elapsed: () => number;

  /** `elapsed`: ms, from any beginning; never goes back. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** In ms; 0 when it was not seen so the last time. */
  ageOf(name: string, as: string | number): number {
    const at = this.#elapsed();
    const known = this.#seen.get(name);
    if (known?.as === as) return at - known.at;
    this.#seen.set(name, { as, at });
    return 0;
  }

  /** Forgets what is not there any more. */
  keep(isThere: (name: string) => boolean): void {
    for (const name of this.#seen.keys()) {
      if (!isThere(name)) this.#seen.delete(name);
    }
  }
}
