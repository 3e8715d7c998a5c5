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
const SWITCHES = ["OTEL_DENO", "OTEL_DENO_TRACING", "OTEL_SDK_DISABLED"];

/** What is wrong with the variables of tracing, when it is or may be on. */
export function tracingProblems(environment: Environment): Problem[] {
  const [deno, tracing, disabled] = SWITCHES.map((name) =>
    switchOf(environment(name))
  );
  const isMeant = [deno, tracing].some((one) => one && one !== "false");
  if (!isMeant || disabled === "true") return [];
  const odd = SWITCHES.filter((name) =>
    switchOf(environment(name)) === "neither"
  ).map((name) => ({
    name,
    problem: "is neither true nor false: Deno takes no other word, " +
      "and goes on as if it were not set",
  }));
  const isOn = tracing !== "false" && (tracing === "true" || deno === "true");
  return [...odd, ...isOn ? openAddresses(environment) : []];
}

function openAddresses(environment: Environment): Problem[] {
  return WANTED.flatMap(([name, value]) =>
    present(environment(name)) === value ? [] : {
      name,
      problem:
        `is not ${value}: Deno would record the addresses of requests, ` +
        "with secrets and login codes in them (OTEL_DENO_TRACING=false for no traces)",
    }
  );
}

/** As Deno reads them: in any case, with no blanks about them; no 0 and no 1. */
function switchOf(
  value: string | undefined,
): "true" | "false" | "neither" | null {
  if (present(value) === undefined) return null;
  const word = value?.toLowerCase();
  return word === "true" || word === "false" ? word : "neither";
}
