/** GET /admin/doctor: whether all is set up, for admins. */
import { page } from "fresh";
import { requireHidden } from "../../lib/auth/actor.ts";
import { examine } from "../../lib/doctor/doctor.ts";
import { partsOf } from "../../lib/doctor/parts.ts";
import { RIGHTS } from "../../lib/flows/rights.ts";
import { define } from "../../lib/http/state.ts";
import { DoctorPage } from "../../lib/ui/pages/doctor_page.tsx";

/** A page has 5 s in all. */
const PATIENCE_MS = 4_000;

export const handler = define.handlers({
  GET: async ({ state }) => {
    await requireHidden(state, RIGHTS.configure);
    return page(await examine(partsOf(state.services), PATIENCE_MS));
  },
});

export default define.page<typeof handler>(function Doctor({ data }) {
  return <DoctorPage lines={data} />;
});
