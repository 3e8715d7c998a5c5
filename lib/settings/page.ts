/**
 * The settings as a page: the flows `settings.get` and `settings.save` with the
 * fields of a form, which works without a script.
 */
import type { Caller } from "../flows/flow.ts";
import { callFlow, type FlowDeps } from "../flows/run.ts";
import type { Settings as SettingsView } from "../flows/schemas.ts";
import { isStorable, readText } from "../http/body.ts";
import { AppError, isAppError } from "../http/errors.ts";
import { type SettingName, SETTINGS } from "./definitions.ts";
import { z } from "zod";

/** As the fields hold them: texts, and what is ticked. */
export interface SettingFields {
  welcome: string;
  secondColleague: string;
  /** A store and an account on each line. */
  storeColleagues: string;
  reminders: boolean;
}

export interface SettingsPageModel {
  fields: SettingFields;
  changed: SettingsView["changed"];
  /** By the setting's name, what is wrong with it. */
  problems: Partial<Record<SettingName, string>>;
  saved: boolean;
  timeZone: string;
}

type PageDeps = FlowDeps & { config: { timeZone: string } };

/** Throws FORBIDDEN. */
export async function openSettingsPage(
  deps: PageDeps,
  caller: Caller,
  saved: boolean,
): Promise<SettingsPageModel> {
  const { values, changed } = await callFlow(deps, caller, "settings.get", {});
  const stores = Object.entries(values.storeColleagues)
    .map(([store, wxUserId]) => `${store} ${wxUserId}`);
  return {
    fields: { ...values, storeColleagues: stores.join("\n") },
    changed,
    problems: {},
    saved,
    timeZone: deps.config.timeZone,
  };
}

/**
 * null: it is saved. Else the page as it was filled in, with what is wrong. Throws
 * FORBIDDEN, and VALIDATION_FAILED for what no browser sends.
 */
export async function saveSettings(
  deps: PageDeps,
  caller: Caller,
  request: Request,
): Promise<SettingsPageModel | null> {
  const fields = fieldsOf(new URLSearchParams(await readText(request)));
  const problems = await saveFields(deps, caller, fields);
  if (problems === null) return null;
  const page = await openSettingsPage(deps, caller, false);
  return { ...page, fields, problems };
}

async function saveFields(
  deps: PageDeps,
  caller: Caller,
  fields: SettingFields,
): Promise<SettingsPageModel["problems"] | null> {
  const { stores, unread } = storesIn(fields.storeColleagues);
  if (unread !== null) {
    const storeColleagues = `看不懂「${unread}」，每行写一个门店和一个账号`;
    return { storeColleagues };
  }
  const parsed = z.object(SETTINGS)
    .safeParse({ ...fields, storeColleagues: stores });
  if (!parsed.success) {
    return Object.fromEntries(
      parsed.error.issues.map(({ path, message }) => [path[0], message]),
    );
  }
  try {
    await callFlow(deps, caller, "settings.save", parsed.data);
    return null;
  } catch (error) {
    const path = fieldRefused(error);
    if (path === null || !(error instanceof AppError)) throw error;
    return { [path]: error.msg };
  }
}

function fieldRefused(error: unknown): string | null {
  if (!isAppError(error, "VALIDATION_FAILED")) return null;
  const { details } = error;
  const path = Array.isArray(details) ? details[0]?.path : undefined;
  return path !== undefined && Object.hasOwn(SETTINGS, path) ? path : null;
}

function fieldsOf(form: URLSearchParams): SettingFields {
  const text = (name: SettingName) => {
    const value = form.get(name) ?? "";
    if (isStorable(value)) return value.replaceAll("\r\n", "\n").trim();
    throw new AppError("VALIDATION_FAILED", {
      details: [{ path: name, message: "is no text that can be stored" }],
    });
  };
  return {
    welcome: text("welcome"),
    secondColleague: text("secondColleague"),
    storeColleagues: text("storeColleagues"),
    reminders: form.get("reminders") !== null,
  };
}

/** `unread`: the first line that is no store and account. */
function storesIn(
  text: string,
): { stores: Record<string, string>; unread: string | null } {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const read = lines.map((line) =>
    /^(.*[^\s:：=＝])[\s:：=＝]+([\w.@-]{1,64})$/.exec(line)
  );
  const at = read.indexOf(null);
  return {
    stores: Object.fromEntries(
      read.map((one) => [one?.[1] ?? "", one?.[2] ?? ""]),
    ),
    unread: at === -1 ? null : lines[at]?.slice(0, 40) ?? "",
  };
}
