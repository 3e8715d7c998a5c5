/** GET /healthz: the process is up. */
import { methods, success } from "../lib/http/api.ts";

export const handler = methods({ GET: () => success({ status: "up" }) });
