/**
 * A value that must never be printed. Whatever turns an object into text
 * (template strings, JSON, `Deno.inspect`, a logger) sees a bullet; only
 * `reveal()` hands the value out, so each use is easy to find.
 */
const HIDDEN = "•";

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return HIDDEN;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}
