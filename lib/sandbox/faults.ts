/**
 * A plan of things that go wrong on the way to qyapi, for tests and for the
 * fault harness: rules are tried in order, the first that fires decides. Draws
 * come from a seeded generator, so that a run can be repeated.
 */
import { seededRandom } from "./ids.ts";
import type { Oddity } from "./oddities.ts";

export type FaultKind =
  /** HTTP 200 with this errcode and the endpoint's empty fields. */
  | { type: "errcode"; errcode: number }
  | { type: "http"; status: number }
  /** Never answers; settles only when the caller aborts. */
  | { type: "hang" }
  /** HTTP 200 with a body that is no JSON. */
  | { type: "garbage" }
  /** A proper answer with one row of an unforeseen shape, where it fits. */
  | { type: "odd"; oddity: Oddity }
  /** Answers properly, after `ms`. */
  | { type: "slow"; ms: number }
  /** The connection breaks in the middle of the body. */
  | { type: "close" };

export interface FaultRule {
  /** Path after `/cgi-bin/`, `*` matching any part: `externalcontact/*`. */
  endpoint: string;
  kind: FaultKind;
  /** Fires at most so often; unset means until removed. */
  times?: number;
  /** 0…1; unset means always. */
  probability?: number;
  /** `after`: the call takes effect, only the answer is spoilt. Default `before`. */
  phase?: "before" | "after";
}

export class Faults {
  /** Fired so far, by kind (`errcode 45009`, `http 502`, `hang`, …). */
  readonly counts: Map<string, number> = new Map();
  #rules: { rule: FaultRule; pattern: RegExp; left: number }[] = [];
  #random = seededRandom(1);

  /** Restarts the draws. */
  seed(seed: number): void {
    this.#random = seededRandom(seed);
  }

  /** Adds a rule; the returned function takes it out again. */
  add(rule: FaultRule): () => void {
    const source = rule.endpoint.split("*").map((part) =>
      part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    ).join(".*");
    const entry = {
      rule,
      pattern: new RegExp(`^${source}$`),
      left: rule.times ?? Infinity,
    };
    this.#rules.push(entry);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** The rules still in force. */
  get rules(): readonly FaultRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** The fault for this call, if any; counts it. */
  draw(
    endpoint: string,
  ): { kind: FaultKind; phase: "before" | "after" } | null {
    for (const entry of this.#rules) {
      if (!entry.pattern.test(endpoint)) continue;
      const { kind, probability, phase } = entry.rule;
      if (probability !== undefined && this.#random() >= probability) continue;
      entry.left -= 1;
      if (entry.left <= 0) {
        this.#rules = this.#rules.filter((other) => other !== entry);
      }
      const name = faultName(kind);
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      return { kind, phase: phase ?? "before" };
    }
    return null;
  }
}

export function faultName(kind: FaultKind): string {
  switch (kind.type) {
    case "errcode":
      return `errcode ${kind.errcode}`;
    case "http":
      return `http ${kind.status}`;
    case "odd":
      return kind.oddity;
    default:
      return kind.type;
  }
}
