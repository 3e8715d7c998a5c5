/**
 * How many calls may begin in a second: a bucket that fills evenly and holds half
 * a second's worth, so that a page's few calls go at once and a night's do not run
 * over WeCom's limit of a minute.
 */
const HELD_SECONDS = 0.5;

export class Pace {
  #perSecond: number;
  #left: number;
  #at: number;
  readonly #elapsed: () => number;

  /** `elapsed`: ms, from any beginning; never goes back. */
  constructor(perSecond: number, elapsed: () => number) {
    this.#perSecond = perSecond;
    this.#elapsed = elapsed;
    this.#at = elapsed();
    this.#left = this.#most;
  }

  get #most(): number {
    return Math.max(1, this.#perSecond * HELD_SECONDS);
  }

  /** Takes one and answers 0; or answers in how many ms one will be there. */
  take(): number {
    this.#fill();
    if (this.#left >= 1) {
      this.#left -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#left) / this.#perSecond * 1000);
  }

  set(perSecond: number): void {
    this.#fill();
    this.#perSecond = perSecond;
    this.#left = Math.min(this.#left, this.#most);
  }

  #fill(): void {
    const now = this.#elapsed();
    const more = (now - this.#at) / 1000 * this.#perSecond;
    this.#left = Math.min(this.#most, this.#left + more);
    this.#at = now;
  }
}
