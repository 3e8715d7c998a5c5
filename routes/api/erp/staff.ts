/** POST /api/erp/staff: who works here and as what. */
import { requireErp } from "../../../lib/erp/inbound.ts";
import { methods, success } from "../../../lib/http/api.ts";
import {
  MOST_BATCH_BYTES,
  parse,
  readJsonObject,
} from "../../../lib/http/body.ts";
import { StaffPush } from "../../../lib/staff/staff.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services } = state;
    await requireErp(services.config, req.headers);
    const body = await readJsonObject(req, MOST_BATCH_BYTES);
    const push = parse(StaffPush, body);
    return success({ upserted: await services.staff.upsert(push) });
  },
});
