/**
 * A flow is data: schema in, schema out, and what to run. The runner looks it
 * up, validates, runs, and writes to the audit log what changed something and
 * who was refused; a page that polls writes nothing.
 */
import { z } from "zod";
import type { Services } from "../services.ts";
import type { Actor } from "../staff/actor.ts";
import { audit, type AuditEntry } from "../audit/audit.ts";
import { AppError } from "../http/errors.ts";
import { parse } from "../http/body.ts";

export interface FlowContext {
  services: Services;
  actor: Actor;
  requestId: string;
}

export interface Flow<I extends z.ZodObject, O extends z.ZodType> {
  /** One sentence for the API document. */
  summary: string;
  input: I;
  output: O;
  /** Changes something: each run is in the audit log. */
  changes: boolean;
  /** Ids and codes for the audit log; `answer` is null when it was refused. */
  detail?(input: z.output<I>, answer: z.output<O> | null): AuditEntry["detail"];
  run(context: FlowContext, input: z.output<I>): Promise<z.input<O>>;
}

export type AnyFlow = Flow<z.ZodObject, z.ZodType>;

/** Only for the types: checks `run` against its own schemas. */
export function flow<I extends z.ZodObject, O extends z.ZodType>(
  definition: Flow<I, O>,
): AnyFlow {
  // Input was validated with `input` before `run` is called, so the erased
  // type is safe at the only place that calls it.
  return definition as unknown as AnyFlow;
}

export const Id = z.string().trim().min(1).max(64);

/** What was asked for, for the log: only what looks like a name gets there. */
export function flowIdOf({ flowId }: Record<string, unknown>) {
  const name = typeof flowId === "string" && /^[\w.-]{1,64}$/.test(flowId);
  return name ? flowId : undefined;
}

/** Runs a flow by its name or by an alias of the configuration. */
export async function runFlow(
  flows: ReadonlyMap<string, AnyFlow>,
  context: FlowContext,
  body: Record<string, unknown>,
): Promise<unknown> {
  const { services, actor, requestId } = context;
  const { flowId } = parse(z.object({ flowId: z.string().max(200) }), body);
  const aliases = services.config.flowAliases;
  const name = Object.hasOwn(aliases, flowId) ? aliases[flowId] : flowId;
  const found = flows.get(name ?? flowId);
  if (!found) throw new AppError("FLOW_NOT_FOUND");
  const input = parse(found.input, body);
  const entry = {
    actor: actor.wxUserId,
    action: name ?? flowId,
    subject: subjectOf(input),
    requestId,
  };
  try {
    const answer = found.output.parse(await found.run(context, input));
    if (found.changes) {
      const detail = found.detail?.(input, answer) ?? {};
      await audit(services.sql, services.now, {
        ...entry,
        outcome: "done",
        detail,
      });
    }
    return answer;
  } catch (error) {
    const refused = error instanceof AppError && error.status < 500;
    if (found.changes || isForbidden(error)) {
      await audit(services.sql, services.now, {
        ...entry,
        outcome: refused ? "refused" : "failed",
        detail: {
          ...found.detail?.(input, null),
          error: error instanceof AppError ? error.error : "INTERNAL",
        },
      });
    }
    throw error;
  }
}

/** Reading is audited when it is not allowed; that there is nothing yet is no refusal. */
function isForbidden(error: unknown): boolean {
  return error instanceof AppError && error.status === 403;
}

function subjectOf(input: Record<string, unknown>): string | null {
  const subject = input.orderId ?? input.intentId ?? input.wxUserId;
  return typeof subject === "string" ? subject : null;
}
