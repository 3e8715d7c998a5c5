/**
 * What the product asked of WeCom: counters and the last calls, without any
 * parameter, so that neither tokens nor phone numbers are kept. Also the real
 * limit of 10 000 calls a minute per company and API (document 90312).
 */

export interface Call {
  at: number;
  /** Path after `/cgi-bin/`. */
  endpoint: string;
  /** -2 when the answer was no qyapi answer (hang, garbage, HTTP error). */
  errcode: number;
  status: number;
}

const KEPT = 500;
const PER_MINUTE = 10_000;

export class Calls {
  #recent: Call[] = [];
  #counts = new Map<string, number>();
  #errors = new Map<string, number>();
  #windows = new Map<string, { start: number; count: number }>();

  record(call: Call): void {
    this.#recent.push(call);
    if (this.#recent.length > KEPT * 2) {
      this.#recent = this.#recent.slice(-KEPT);
    }
    this.#counts.set(call.endpoint, (this.#counts.get(call.endpoint) ?? 0) + 1);
    if (call.errcode !== 0) {
      const key = `${call.endpoint} ${call.errcode}`;
      this.#errors.set(key, (this.#errors.get(key) ?? 0) + 1);
    }
  }

  /** Calls of one endpoint, or of all. */
  count(endpoint?: string): number {
    if (endpoint !== undefined) return this.#counts.get(endpoint) ?? 0;
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  /** How often an endpoint answered with this errcode. */
  errors(endpoint: string, errcode: number): number {
    return this.#errors.get(`${endpoint} ${errcode}`) ?? 0;
  }

  /** Newest first. */
  recent(limit = KEPT): Call[] {
    return this.#recent.slice(-limit).reverse();
  }

  byEndpoint(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  reset(): void {
    this.#recent = [];
    this.#counts.clear();
    this.#errors.clear();
    this.#windows.clear();
  }

  /** Counts a hit in this minute; false when over the limit. */
  admit(endpoint: string, now: number): boolean {
    let window = this.#windows.get(endpoint);
    if (!window || now - window.start >= 60_000) {
      this.#windows.set(endpoint, window = { start: now, count: 0 });
    }
    window.count += 1;
    return window.count <= PER_MINUTE;
  }
}
