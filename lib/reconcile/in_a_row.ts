/**
 * Whether WeCom is out of reach: some calls in a row told nothing of what was
 * asked. Then a run is cut, to be taken up later; to go on would only wait for
 * each of the others as well.
 */
import { WecomError } from "../wecom/mod.ts";
import { PASSING } from "../wecom/paging.ts";

const MOST = 10;

export class InARow {
  #failures = 0;

  succeeded(): void {
    this.#failures = 0;
  }

  /** Throws the error if it is one too many. */
  failed(error: unknown): void {
    const toldNothing = error instanceof WecomError && !isRefusal(error);
    this.#failures = toldNothing ? this.#failures + 1 : 0;
    if (this.#failures >= MOST) throw error;
  }
}

/** The error is WeCom's answer about the one thing that was asked. */
export function isRefusal(error: unknown): boolean {
  return error instanceof WecomError && error.failure === "errcode" &&
    !PASSING.has(error.errcode);
}
