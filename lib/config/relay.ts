/**
 * What the forwarding service needs to know: it runs on a host of its own, with
 * the key that it shares with the app and nothing of WeCom's.
 */
import { z } from "zod";
import { ConfigError } from "./error.ts";
import { Secret } from "./secret.ts";
import { tracingProblems } from "./tracing.ts";
import { type Environment, isNear, present } from "./values.ts";

export interface RelayConfig {
  host: string;
  port: number;
  /** Newest first. */
  secrets: readonly Secret[];
  upstream: string;
}

const key = z.string().min(32, "needs at least 32 characters");
const schema = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: z.string().regex(/^\d{1,5}$/, "is not a port number")
    .transform(Number).pipe(z.number().min(1).max(65535)).default(8080),
  RELAY_SECRET: z.string({ error: "is missing: the key that the app has, too" })
    .pipe(key),
  RELAY_SECRET_PREVIOUS: key.optional(),
  WECOM_API_BASE: z.url({ protocol: /^https?$/ })
    .refine(isSafe, "is http to another host: it would carry the secret openly")
    .refine((url) => !/[@?#]/.test(url), "holds a user, query or fragment")
    .transform((url) => url.replace(/\/+$/, ""))
    .default("https://qyapi.weixin.qq.com"),
});

/** Throws `ConfigError` with every problem. */
export function readRelayConfig(environment: Environment): RelayConfig {
  const read = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, present(environment(name))]),
  );
  const parsed = schema.safeParse(read);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({
      name: String(path[0]),
      problem: message,
    })),
    ...tracingProblems(environment),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const { HOST, PORT, RELAY_SECRET, RELAY_SECRET_PREVIOUS, WECOM_API_BASE } =
    parsed.data;
  return {
    host: HOST,
    port: PORT,
    secrets: [RELAY_SECRET, RELAY_SECRET_PREVIOUS]
      .flatMap((value) => value === undefined ? [] : new Secret(value)),
    upstream: WECOM_API_BASE,
  };
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || isNear(hostname);
}
