/** POST /api/erp/staff: who works here and as what, at most 1000 a call. */
import { auditPush, requireErp } from "../../../lib/erp/inbound.ts";
import { takeRows } from "../../../lib/erp/rows.ts";
import { success } from "../../../lib/http/envelope.ts";
import { methods } from "../../../lib/http/methods.ts";
import { MOST_BATCH_BYTES, readJsonObject } from "../../../lib/http/body.ts";
import { StaffMember } from "../../../lib/staff/push.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services, requestId } = state;
    const { staff } = services;
    await requireErp(services, req, requestId);
    const body = await readJsonObject(req, MOST_BATCH_BYTES, {
      rowByRow: true,
      byToken: true,
    });
    const { good, rejected } = takeRows(body, "staff", "wxUserId", StaffMember);
    const upserted = await staff.upsert({ staff: good }, { requestId });
    const came = { upserted, rejected };
    await auditPush(services, "erp.staff", came, requestId);
    return success({ upserted, rejected });
  },
});
