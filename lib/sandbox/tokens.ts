/**
 * access_token, the two JS tickets and OAuth codes. A token lives 7200 s and is
 * the same while it lives (91039). Tickets: 7200 s; per hour 400 corp tickets a
 * company, 100 of either kind an app (90506, 96909). A code works once, for
 * 5 minutes (91023). Tokens and tickets derive from the time of issue, and that
 * time is in the journal: what the product cached outlives our restart.
 */
import { QyError } from "./errors.ts";
import { token as characters } from "./ids.ts";
import { CODE } from "../wecom/codes/mod.ts";

export type TicketKind = "corp" | "agent";
type Issued = { value: string; at: number };

const LIFE = 7_200_000;
const HOUR = 3_600_000;
const CODE_LIFE = 300_000;
const SALTS = { token: 11, corp: 23, agent: 37 } as const;
export type Grant = keyof typeof SALTS;

export class Tokens {
  #issued: Record<Grant, Issued[]> = { token: [], corp: [], agent: [] };
  #revoked = new Set<string>();
  #asked: Record<TicketKind, number[]> = { corp: [], agent: [] };
  /** Tells apart what was issued in the same second; a replay counts the same way. */
  #serial = 0;
  #codes = new Map<string, { identity: string; at: number; used: boolean }>();
  #onIssue: (grant: Grant, at: number) => void;

  constructor(onIssue: (grant: Grant, at: number) => void) {
    this.#onIssue = onIssue;
  }

  /** Brings back what was issued before a restart. */
  restore(grant: Grant, at: number): void {
    this.#keep(grant, at);
  }

  #keep(grant: Grant, at: number): Issued {
    const serial = this.#serial += 1;
    const length = grant === "token" ? 214 : 86;
    const issued = {
      value: characters(
        SALTS[grant] * 7919 + Math.floor(at / 1000),
        serial,
        length,
      ),
      at,
    };
    this.#issued[grant] = [...this.#issued[grant].slice(-7), issued];
    return issued;
  }

  #current(grant: Grant, now: number): { value: string; expiresIn: number } {
    const last = this.#issued[grant].at(-1);
    let live = last && now - last.at < LIFE && !this.#revoked.has(last.value)
      ? last
      : null;
    if (!live) {
      live = this.#keep(grant, now);
      this.#onIssue(grant, now);
    }
    return {
      value: live.value,
      expiresIn: Math.floor((live.at + LIFE - now) / 1000),
    };
  }

  issueToken(now: number): { value: string; expiresIn: number } {
    return this.#current("token", now);
  }

  /** Throws 40014 or 42001. */
  checkToken(value: string, now: number): void {
    const issued = this.#issued.token.find((entry) => entry.value === value);
    if (!issued) throw new QyError(CODE.BAD_TOKEN);
    if (this.#revoked.has(value) || now - issued.at >= LIFE) {
      throw new QyError(CODE.TOKEN_EXPIRED);
    }
  }

  /** The platform takes every token back early (42001 from now on). */
  expireTokens(): void {
    for (const { value } of this.#issued.token) this.#revoked.add(value);
  }

  /** Every token becomes unknown (40014). */
  forgetTokens(): void {
    this.#issued.token = [];
  }

  expireTickets(): void {
    for (const kind of ["corp", "agent"] as const) {
      for (const { value } of this.#issued[kind]) this.#revoked.add(value);
    }
  }

  issueTicket(
    kind: TicketKind,
    now: number,
  ): { value: string; expiresIn: number } {
    const asked = this.#asked[kind].filter((at) => now - at < HOUR);
    if (asked.length >= 100) throw new QyError(CODE.RATE_LIMITED);
    asked.push(now);
    this.#asked[kind] = asked;
    return this.#current(kind, now);
  }

  /** Tickets a page may have been signed with; `strict` leaves out expired ones. */
  tickets(kind: TicketKind, now: number, strict: boolean): string[] {
    return this.#issued[kind]
      .filter(({ value, at }) =>
        !strict || (now - at < LIFE && !this.#revoked.has(value))
      )
      .map(({ value }) => value);
  }

  issueCode(identity: string, now: number, random: () => number): string {
    for (const [code, entry] of this.#codes) {
      if (now - entry.at > HOUR) this.#codes.delete(code);
    }
    const seed = Math.floor(random() * 0xFFFFFFFF);
    const code = characters(seed, Math.floor(random() * 0xFFFFFFFF), 43);
    this.#codes.set(code, { identity, at: now, used: false });
    return code;
  }

  /** Who the code stands for; throws 40029 (unknown or used) or 42003 (too old). */
  redeemCode(code: string, now: number): string {
    const entry = this.#codes.get(code);
    if (!entry || entry.used) throw new QyError(CODE.CODE_INVALID);
    entry.used = true;
    if (now - entry.at > CODE_LIFE) throw new QyError(CODE.CODE_EXPIRED);
    return entry.identity;
  }
}
