/** Who has not left the company, by the ERP's word: a departure holds from its time on. */
import type { Fragment, Queries } from "../store/database.ts";

/** A condition on rows of `staff`. */
export function worksHere(queries: Queries): Fragment {
  return queries`(departed_at is null or departed_at > now())`;
}
