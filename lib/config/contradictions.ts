/** What is well-formed alone but wrong beside the other variables. */
import type { Problem } from "./error.ts";
import { list } from "./lists.ts";
import { isSandbox, signsOfCompany } from "./mode.ts";
import { originOf } from "./values.ts";
import type { Variables } from "./variables.ts";
import { weaknesses } from "./weakness.ts";

/** Every contradiction, by the name of the variable that mends it. */
export function contradictions(v: Partial<Variables>): Problem[] {
  const found: Problem[] = [];
  const missing = (name: string, why: string) =>
    found.push({ name, problem: `is missing: ${why}` });
  const app = ["WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET"] as const;
  const onDeploy = v.DENO_DEPLOY !== undefined;
  if (isSandbox(v)) {
    if (onDeploy) {
      const problem = "is for a machine with a disk: not for Deno Deploy";
      found.push({ name: "SANDBOX", problem });
    }
  } else {
    // A company was meant, and its app was forgotten: say what was taken for it.
    const [sign] = app.some((name) => v[name]) ? [] : signsOfCompany(v);
    const why = sign
      ? `${sign} is set (SANDBOX=1 for the sandbox all the same)`
      : "the self-built app needs all three";
    for (const name of app) {
      if (v[name] === undefined) missing(name, why);
    }
    for (const name of ["SESSION_SECRET", "DATA_KEY"] as const) {
      if (v[name] === undefined) missing(name, "32 or more random bytes");
    }
    if (v.PUBLIC_ORIGIN === undefined) {
      missing("PUBLIC_ORIGIN", "the https address that WeCom and staff open");
    }
    found.push(...weaknesses(v));
  }
  if (v.RELAY_SECRET !== undefined && v.WECOM_API_BASE === undefined) {
    missing(
      "WECOM_API_BASE",
      "the relay's address, to which RELAY_SECRET signs",
    );
  }
  if (onDeploy && v.DATABASE_URL === undefined) {
    missing("DATABASE_URL", "Deno Deploy has no disk for an embedded database");
  }
  if (v.DATABASE_REPLICA_URL !== undefined && v.DATABASE_URL === undefined) {
    missing("DATABASE_URL", "DATABASE_REPLICA_URL is a replica of it");
  }
  if (
    (v.WECOM_CALLBACK_TOKEN === undefined) !==
      (v.WECOM_CALLBACK_AES_KEY === undefined)
  ) {
    missing(
      v.WECOM_CALLBACK_TOKEN === undefined
        ? "WECOM_CALLBACK_TOKEN"
        : "WECOM_CALLBACK_AES_KEY",
      "the callback needs both",
    );
  }
  if (v.ERP_RUNFLOW_URL !== undefined && v.ERP_FLOW_ORDER === undefined) {
    missing("ERP_FLOW_ORDER", "the ERP's flow that answers an order");
  }
  if (v.PUBLIC_ORIGIN !== undefined && originOf(v) === null) {
    found.push({
      name: "PUBLIC_ORIGIN",
      problem: "is not an https origin (plain http only for localhost)",
    });
  }
  for (const entry of list(v.WW_VERIFY)) {
    if (!/^[\w.-]+\.txt=.+$/.test(entry)) {
      found.push({ name: "WW_VERIFY", problem: "is not FILENAME.txt=CONTENT" });
    }
  }
  return found;
}
