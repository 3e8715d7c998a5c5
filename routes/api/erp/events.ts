/** POST /api/erp/events: what happened in the ERP, at most 1000 a call. */
import { erpEvent, storeEvents } from "../../../lib/erp/events.ts";
import { auditPush, requireErp } from "../../../lib/erp/inbound.ts";
import { takeRows } from "../../../lib/erp/rows.ts";
import { MOST_BATCH_BYTES, readJsonObject } from "../../../lib/http/body.ts";
import { success } from "../../../lib/http/envelope.ts";
import { methods } from "../../../lib/http/methods.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services, requestId } = state;
    await requireErp(services, req, requestId);
    const body = await readJsonObject(req, MOST_BATCH_BYTES, {
      rowByRow: true,
      byToken: true,
    });
    const row = erpEvent(services.config.timeZone);
    const { good, rejected } = takeRows(body, "events", "eventId", row);
    const stored = await storeEvents(services, good, requestId);
    const came = { ...stored, rejected };
    await auditPush(services, "erp.events", came, requestId);
    return success({
      ...stored,
      ...(rejected.length > 0 && { rejected }),
    });
  },
});
