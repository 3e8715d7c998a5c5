/**
 * Userids as qyapi takes and tells them: their case does not count (90196), and
 * what is answered is the company's own spelling, but for `message/send`, which
 * answers in lower case (90236). So ids are put into that spelling where they
 * come in, and are exact inside.
 */
import { isSameUser } from "../staff/user_id.ts";
import type { Body } from "./params.ts";
import type { WorldState } from "./types.ts";

/** The company's own spelling; of who is not in it, the one given. */
export function spell({ staff }: WorldState, userId: string): string {
  if (staff.has(userId)) return userId;
  for (const own of staff.keys()) if (isSameUser(own, userId)) return own;
  return userId;
}

/** Fields that hold userids, wherever in a request they stand. */
const FIELDS: ReadonlySet<string> = new Set([
  "userid",
  "userid_list",
  "user",
  "new_owner",
]);
/** Several in one text, `a|b`. */
const JOINED = "touser";

export function spellQuery(
  state: WorldState,
  query: URLSearchParams,
): URLSearchParams {
  return new URLSearchParams(
    [...query].map(([name, value]) => [
      name,
      FIELDS.has(name) ? spell(state, value) : value,
    ]),
  );
}

export function spellBody(state: WorldState, body: Body): Body {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      if (FIELDS.has(name)) return [name, spellAny(state, value)];
      if (name === JOINED && typeof value === "string") {
        const ids = value.split("|").map((id) => spell(state, id));
        return [name, ids.join("|")];
      }
      return isBody(value) ? [name, spellBody(state, value)] : [name, value];
    }),
  );
}

/** What is no text is left to whoever checks the request. */
function spellAny(state: WorldState, value: unknown): unknown {
  if (typeof value === "string") return spell(state, value);
  return Array.isArray(value)
    ? value.map((one) => spellAny(state, one))
    : value;
}

function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
