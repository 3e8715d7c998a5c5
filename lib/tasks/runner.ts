/** Who runs a task, as far as the machine says it: nobody signs in at a terminal. */
import { userInfo } from "node:os";

/** For the audit log; never the name of a member of staff. */
export function taskRunner(name: () => string = () => userInfo().username) {
  try {
    const known = name().replaceAll(/\p{Cc}/gu, "").trim().slice(0, 64);
    return known === "" ? "task" : `task:${known}`;
  } catch {
    // A container's user may have a number only.
    return "task";
  }
}
