/**
 * Every variable by name: how each one must look by itself. What is wrong only
 * beside another is in `contradictions.ts`, what becomes of them in
 * `assemble.ts`. Messages never show a value.
 */
import { z } from "zod";
import { networkOf } from "../http/client_address.ts";
import { list } from "./lists.ts";
import { AddressError, readAddress } from "../store/address.ts";
import { driverOptions } from "../store/driver_options.ts";

const optional = z.string().optional();
/** Paths are put behind it, and it is told to browsers: an address and no more. */
const base = z.url({ protocol: /^https?$/ })
  .refine((url) => !/[@?#]/.test(url), "holds a user, query or fragment")
  .transform((url) => url.replace(/\/+$/, "")).optional();
const key = z.string().min(32, "needs at least 32 characters").optional();

export const databaseUrl = z.string().superRefine(checkAddress("primary"));
const replicaUrl = z.string().superRefine(checkAddress("replica"));

export const schema = z.object({
  SANDBOX: z.enum(["0", "1"], "is neither 1 nor unset").optional(),
  PORT: z.string().regex(/^\d{1,5}$/, "is not a port number")
    .transform(Number).pipe(z.number().min(1).max(65535)).default(8000),
  HOST: z.string().regex(
    /^([\w.-]+|[0-9a-f:.]+)$/i,
    "is no address to listen on",
  ).optional(),
  PUBLIC_ORIGIN: optional,
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_REPLICA_URL: replicaUrl.optional(),
  CACHE_STORE: z.enum(["kv", "postgres"]).default("kv"),
  DATA_DIR: z.string().default(".data"),
  KV_PATH: optional,
  WECOM_CORP_ID: optional,
  WECOM_AGENT_ID: z.string().regex(/^\d+$/, "is not a number").optional(),
  WECOM_SECRET: optional,
  WECOM_CALLBACK_TOKEN: z.string().max(32).optional(),
  WECOM_CALLBACK_AES_KEY: z.string()
    .regex(/^[A-Za-z0-9+/]{43}$/, "is not an EncodingAESKey (43 characters)")
    .optional(),
  WECOM_API_BASE: base,
  WECOM_OAUTH_BASE: base,
  WECOM_SSO_BASE: base,
  RELAY_SECRET: key,
  TRUSTED_PROXIES: z.string().refine(
    (text) => list(text).every(networkOf),
    "is no list of addresses or networks (10.0.0.0/8)",
  ).optional(),
  PROXY_HEADER: z.string().regex(/^[\w-]+$/, "is no name of a header")
    .default("x-forwarded-for"),
  SESSION_SECRET: key,
  SESSION_SECRET_PREVIOUS: key,
  DATA_KEY: key,
  DATA_KEY_PREVIOUS: key,
  ADMIN_USERIDS: optional,
  ERP_INBOUND_TOKEN: optional,
  ERP_RUNFLOW_URL: z.url({ protocol: /^https?$/ }).optional(),
  ERP_TOKEN: optional,
  ERP_FLOW_ORDER: optional,
  FLOW_ALIASES: z.string().transform(parseJson)
    .pipe(z.record(z.string(), z.string())).optional(),
  GROUP_NAME_TEMPLATE: z.string().max(64).default("{customerName}-服务群"),
  TIME_ZONE: z.string().refine(isTimeZone, "is no IANA time zone")
    .default("Asia/Shanghai"),
  WW_VERIFY: optional,
  DENO_DEPLOY: optional,
});

export type Variables = z.infer<typeof schema>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "is not JSON" });
    return z.NEVER;
  }
}

/** As the database will be opened with it, up to the files that it names. */
function checkAddress(role: "primary" | "replica") {
  return (text: string, context: z.RefinementCtx): void => {
    try {
      driverOptions(readAddress(text, role));
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  };
}
