/** GET /healthz: the process is up. */
import { success } from "../lib/http/envelope.ts";
import { methods } from "../lib/http/methods.ts";

export const handler = methods({ GET: () => success({ status: "up" }) });
