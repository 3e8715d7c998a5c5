/**
 * Tracing that keeps secrets out. Deno's own spans hold whole addresses: of calls
 * to WeCom the secret and the token, of requests that come in the login code and
 * the callback's signature, and nothing can be taken out of them. Measured with
 * Deno 2.9: with the sampler off for what has no parent, and no parent taken from
 * strangers' headers, only spans of ours are recorded, which name routes.
 */
import type { Problem } from "./error.ts";
import { type Environment, present } from "./values.ts";

const WANTED = [
  ["OTEL_TRACES_SAMPLER", "parentbased_always_off"],
  ["OTEL_PROPAGATORS", "none"],
] as const;

/** What is wrong with the variables of tracing, when it is on. */
export function tracingProblems(environment: Environment): Problem[] {
  if (!isTracing(environment)) return [];
  return WANTED.flatMap(([name, value]) =>
    present(environment(name)) === value ? [] : {
      name,
      problem:
        `is not ${value}: Deno would record the addresses of requests, ` +
        "with secrets and login codes in them (OTEL_DENO_TRACING=false for no traces)",
    }
  );
}

function isTracing(environment: Environment): boolean {
  const is = (name: string) => present(environment(name))?.toLowerCase();
  const isOn = is("OTEL_DENO") === "true" || is("OTEL_DENO") === "1";
  const isOff = is("OTEL_SDK_DISABLED") === "true" ||
    is("OTEL_DENO_TRACING") === "false" || is("OTEL_DENO_TRACING") === "0";
  return isOn && !isOff;
}
