/** A way through the states of pages, as `walks.ts` lists them. */
import type { Phone, Rig } from "./rig.ts";

export interface Shown {
  /** Of the picture's file; says whose page it is and how it stands. */
  name: string;
  reach(phone: Phone, rig: Rig): Promise<unknown>;
  /** What differs each time, as selectors. */
  covered?: readonly string[];
  /** What stands at the top of the picture, where it is not the page's. */
  top?: string;
}

export interface Walk {
  name: string;
  as: string;
  states: readonly Shown[];
}

/** Until it can be pressed. */
export async function enabled(phone: Phone, testId: string): Promise<void> {
  await phone.id(testId).and(phone.page.locator(":enabled")).first().waitFor();
}
