/** The company's settings, for admins: all of them, and a new set of them. */
import { flow } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { Changed, Settings as SettingsView } from "./schemas.ts";
import { AppError } from "../http/errors.ts";
import { SETTINGS, type SettingValues } from "../settings/definitions.ts";
import type { Settings } from "../settings/settings.ts";
import type { Staff } from "../staff/staff.ts";
import { z } from "zod";

export const settingsGet = flow<{ settings: Settings; staff: Staff }>()({
  summary: "查看公司设置",
  who: RIGHTS.configure,
  input: z.object({}),
  output: SettingsView,
  changes: false,
  // The company's own, in the welcome: masked here, it would be saved so.
  tellsNumbers: true,
  async run({ deps: { settings, staff } }) {
    const { values, changed } = await settings.current();
    const people = Object.values(changed).map((one) => one.by);
    const names = await staff.names(people);
    const told: Record<string, z.input<typeof Changed>> = {};
    for (const [name, { by, at }] of Object.entries(changed)) {
      told[name] = { by: names.get(by) ?? by, at: at.toISOString() };
    }
    return { values, changed: told };
  },
});

export const settingsSave = flow<{ settings: Settings; staff: Staff }>()({
  summary: "修改公司设置",
  who: RIGHTS.configure,
  input: z.object(SETTINGS),
  output: z.object({ changed: z.array(z.string()) }),
  changes: true,
  async run({ deps, actor, audited }, values) {
    await requireStaff(deps.staff, values);
    const { wxUserId } = actor;
    const changed = await deps.settings.save(values, wxUserId, audited);
    return { changed };
  },
});

/** Throws VALIDATION_FAILED for who is no staff, with the field that names them. */
async function requireStaff(
  staff: Staff,
  { secondColleague, storeColleagues }: SettingValues,
): Promise<void> {
  const named: [path: string, id: string][] = [
    ["secondColleague", secondColleague],
    ...Object.values(storeColleagues)
      .map((id): [string, string] => ["storeColleagues", id]),
  ];
  for (const [path, id] of named) {
    if (id === "" || await staff.find(id)) continue;
    throw new AppError("VALIDATION_FAILED", {
      msg: `没有账号为 ${id} 的在职员工，请核对`,
      details: [{ path, message: "is no member of staff" }],
    });
  }
}
