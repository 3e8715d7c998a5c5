/**
 * What one person may ask of WeCom and of the ERP in a minute. Made-up ids cost a
 * call each, and who taps without end would take the company's share from the
 * others. Reading contacts and the night are nobody's spending: they have budgets of
 * their own.
 */
import { personNow } from "../staff/person_now.ts";
import { AppError } from "./errors.ts";
import { createWindow } from "./window.ts";

/** Creating a group takes some ten calls; a person at a desk makes one after the other. */
const WECOM = { most: 300, perMs: 60_000, keys: 10_000 };
/** Each is an order that is not here. */
const ERP = { most: 30, perMs: 60_000, keys: 10_000 };

export interface Spending {
  /** Throws RATE_LIMITED when this person has asked too often. */
  wecom(): void;
  erp(): void;
}

export function createSpending(now: () => number): Spending {
  const limit = (size: typeof WECOM) => {
    const window = createWindow(size, now);
    return () => {
      const person = personNow();
      const waitMs = person === null ? 0 : window.take(person);
      if (waitMs === 0) return;
      throw new AppError("RATE_LIMITED", {
        retryAfterSeconds: Math.ceil(waitMs / 1_000),
      });
    };
  };
  return { wecom: limit(WECOM), erp: limit(ERP) };
}
