/**
 * What the company sets while the app runs: texts, the colleague who makes a group
 * out of two people, and what is switched off. One row for each that was changed;
 * each has a schema and a default, so that a row of another release harms nobody.
 * Read with one statement, and kept for some seconds in each process.
 */
import type { Audited } from "../audit/audit.ts";
import type { Log } from "../http/log.ts";
import type { Sql } from "../store/database.ts";
import { apart } from "../store/deadline.ts";
import {
  DEFAULTS,
  type SettingName,
  SETTINGS,
  type SettingValues,
} from "./definitions.ts";

/** Other processes follow within this time. */
const KEPT_MS = 5_000;

/** Who changed a setting last, and when. */
export type Changed = Partial<
  Record<SettingName, { by: string; at: Date }>
>;

export interface Settings {
  /** Some seconds old at most. */
  read(): Promise<SettingValues>;
  /** As they are now, with who changed them. */
  current(): Promise<{ values: SettingValues; changed: Changed }>;
  /** Writes what differs, with an entry in the audit log for each; answers which. */
  save(
    values: SettingValues,
    wxUserId: string,
    audited: Audited,
  ): Promise<SettingName[]>;
}

interface Row {
  name: string;
  value: unknown;
  changedBy: string;
  changedAt: Date;
}

export function createSettings({ sql, now, log }: {
  sql: Sql;
  now: () => number;
  log: Log;
}): Settings {
  let kept: { values: Promise<SettingValues>; at: number } | null = null;

  async function current() {
    const rows = await sql<Row[]>`
      select name, value, changed_by, changed_at from company_setting`;
    const values: Record<string, unknown> = { ...DEFAULTS };
    const changed: Changed = {};
    for (const { name, value, changedBy, changedAt } of rows) {
      // Of a release that came after this one.
      if (!isSetting(name)) continue;
      const parsed = SETTINGS[name].safeParse(value);
      if (parsed.success) values[name] = parsed.data;
      else log("warn", "settings.unreadable", { name });
      changed[name] = { by: changedBy, at: changedAt };
    }
    return { values: values as unknown as SettingValues, changed };
  }

  return {
    current,

    read() {
      const age = kept ? Math.abs(now() - kept.at) : Infinity;
      if (kept && age < KEPT_MS) return kept.values;
      // Others wait for it, too.
      const values = apart(current).then((read) => read.values);
      const reading = { values, at: now() };
      kept = reading;
      values.catch(() => {
        if (kept === reading) kept = null;
      });
      return values;
    },

    async save(values, wxUserId, audited) {
      const { values: before } = await current();
      const names = Object.keys(SETTINGS).filter(isSetting).filter((name) =>
        JSON.stringify(values[name]) !== JSON.stringify(before[name])
      );
      if (names.length === 0) return [];
      const at = new Date(now());
      await sql.begin(async (sql) => {
        for (const name of names) {
          await sql`
            insert into company_setting (name, value, changed_by, changed_at)
            values (${name}, ${sql.json(values[name])}, ${wxUserId}, ${at})
            on conflict (name) do update set value = excluded.value,
              changed_by = excluded.changed_by,
              changed_at = excluded.changed_at`;
          const { [name]: from } = before;
          await audited(sql, { name, ...detailOf(from, values[name]) });
        }
      });
      kept = null;
      return names;
    },
  };
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** Ids and switches as they are; a text may hold a number, and is only measured. */
function detailOf(from: unknown, to: unknown) {
  const short = (value: unknown) => {
    if (typeof value === "boolean") return value;
    const isId = typeof value === "string" && /^[\w.@-]{0,64}$/.test(value);
    return isId ? value : JSON.stringify(value).length;
  };
  return { from: short(from), to: short(to) };
}
