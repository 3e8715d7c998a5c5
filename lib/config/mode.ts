/**
 * The simulated company or a real one. The sandbox lets anybody in under any
 * name, so it never comes because a variable was forgotten: only by `SANDBOX=1`,
 * or when nothing says that a company was meant. Variables that tune a server
 * (`PORT`, `DATA_DIR`, keys, names) say nothing of that.
 */
import { type Environment, originOf, present } from "./values.ts";
import type { Variables } from "./variables.ts";

/** Whom a process works for. */
export interface Company {
  mode: "sandbox" | "wecom";
  corpId: string;
}

export const SANDBOX_CORP_ID = "wwsandbox00000000";

/** Whoever sets one of these has a company in mind. */
const COMPANYS = [
  "DATABASE_URL",
  "DATABASE_REPLICA_URL",
  "WECOM_CORP_ID",
  "WECOM_AGENT_ID",
  "WECOM_SECRET",
  "WECOM_CALLBACK_TOKEN",
  "WECOM_CALLBACK_AES_KEY",
  "WECOM_API_BASE",
  "RELAY_SECRET",
  "WECOM_OAUTH_BASE",
  "WECOM_SSO_BASE",
] as const;

/**
 * The ERP's door and the domain proof can be tried on localhost; beside an
 * address that others reach they are a company's.
 */
const COMPANYS_IN_PUBLIC = [
  "ERP_INBOUND_TOKEN",
  "ERP_RUNFLOW_URL",
  "ERP_TOKEN",
  "ERP_FLOW_ORDER",
  "WW_VERIFY",
] as const;

/** The names of the variables that only a company would set. */
export function signsOfCompany(v: Partial<Variables>): string[] {
  const names: (keyof Variables)[] = [...COMPANYS];
  if (originOf(v)?.startsWith("https:")) names.push(...COMPANYS_IN_PUBLIC);
  return names.filter((name) => v[name] !== undefined);
}

export function isSandbox(v: Partial<Variables>): boolean {
  if (v.SANDBOX !== undefined) return v.SANDBOX === "1";
  return v.DENO_DEPLOY === undefined && signsOfCompany(v).length === 0;
}

/**
 * For a task that needs the database alone: whom it would work for, as far as
 * variables tell. null: they do not.
 */
export function companyMeant(environment: Environment): Company | null {
  if (present(environment("SANDBOX")) === "1") {
    return { mode: "sandbox", corpId: SANDBOX_CORP_ID };
  }
  const corpId = present(environment("WECOM_CORP_ID"));
  return corpId === undefined ? null : { mode: "wecom", corpId };
}
