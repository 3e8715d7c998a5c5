/**
 * Who has just changed something must see it, also where answers may lag. What a
 * request changes, and whether its person changed something lately, goes along
 * with its work (`AsyncLocalStorage`), so that no function has to hand it on.
 */
import { AsyncLocalStorage } from "node:async_hooks";

export interface OwnChanges {
  /** The person changed something: no answer may be from before. */
  recent: boolean;
  /** This request did. */
  made: boolean;
}

const followed = new AsyncLocalStorage<OwnChanges>();

/** Does `work`, and writes into `changes` what it does. */
export function followChanges<T>(changes: OwnChanges, work: () => T): T {
  return followed.run(changes, work);
}

/** What a person wanted is about to be changed; call it whatever comes of it. */
export function noteChange(): void {
  const changes = followed.getStore();
  if (changes) changes.recent = changes.made = true;
}

/** Whether an answer from before the person's last change would be wrong. */
export function mustBeCurrent(): boolean {
  return followed.getStore()?.recent ?? false;
}
