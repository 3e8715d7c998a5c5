/**
 * In whose name the work of a request is done: what it asks of others is counted
 * and stands in line by person.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { endApart } from "../store/deadline.ts";
import { userKey } from "./user_id.ts";

const people = endApart(new AsyncLocalStorage<string | null>());

export function followPerson<T>(wxUserId: string | null, work: () => T): T {
  return people.run(wxUserId === null ? null : userKey(wxUserId), work);
}

/** The person's id in its normal form; null: nobody's. */
export function personNow(): string | null {
  return people.getStore() ?? null;
}
