/**
 * Runs a flow: looks it up, validates the input, lets in who may, runs it, and
 * writes successes of changes and refusals to the audit log; a page that polls
 * writes nothing.
 */
import { z } from "zod";
import { hideMobiles, withoutNumbers } from "../contacts/masked.ts";
import { AppError } from "../http/errors.ts";
import { parse } from "../http/body.ts";
import { noteChange } from "../store/own_changes.ts";
import { type AccessDeps, admit } from "./access.ts";
import { createTrail, type TrailDeps } from "./trail.ts";
import type { AnyFlow, Caller, FlowContext } from "./flow.ts";
import {
  type FlowInput,
  type FlowName,
  type FlowNeeds,
  type FlowOutput,
  FLOWS,
} from "./mod.ts";
import type { About } from "./rights.ts";

/** All parts that any flow needs, and what the runner itself does. */
export type FlowDeps = FlowNeeds & AccessDeps & TrailDeps;

/** Made once: a schema compiles itself when it is first used. */
const Named = z.object({ flowId: z.string().max(200) });

/** The flow's name for the log, if what the caller sent looks like a name. */
export function flowIdOf({ flowId }: Record<string, unknown>) {
  const name = typeof flowId === "string" && /^[\w.-]{1,64}$/.test(flowId);
  // Whatever somebody sends as a name is in the log.
  return name ? hideMobiles(flowId) : undefined;
}

/** Runs what a request names; `aliases` are foreign names for our flows. */
export async function runFlow(
  deps: FlowDeps,
  caller: Caller,
  body: Record<string, unknown>,
  aliases: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { flowId } = parse(Named, body);
  const name = Object.hasOwn(aliases, flowId) ? aliases[flowId] : flowId;
  if (!isFlow(name)) throw new AppError("FLOW_NOT_FOUND");
  return await run(deps, caller, name, body);
}

/** The same for our own pages. */
export async function callFlow<F extends FlowName>(
  deps: FlowDeps,
  caller: Caller,
  name: F,
  input: FlowInput<F>,
): Promise<FlowOutput<F>> {
  return await run(deps, caller, name, input) as FlowOutput<F>;
}

function isFlow(name: string | undefined): name is FlowName {
  return name !== undefined && Object.hasOwn(FLOWS, name);
}

async function run(
  deps: FlowDeps,
  caller: Caller,
  name: FlowName,
  body: Record<string, unknown>,
): Promise<unknown> {
  const flow: AnyFlow = FLOWS[name];
  // Parsed by the flow's own schema, which is what its functions take.
  const input = parse(flow.input, body) as never;
  const trail = createTrail(deps, flow, caller, name, input);
  try {
    const subject = await admit(
      deps,
      caller.actor,
      flow.who,
      input,
      trail.onOrder,
    );
    const context: FlowContext<About, FlowDeps> = {
      ...Object(subject),
      ...caller,
      deps,
      audited: trail.audited,
    };
    if (flow.changes) noteChange();
    const told = flow.output.parse(await flow.run(context as never, input));
    const answer = flow.tellsNumbers ? told : withoutNumbers(told);
    await trail.done(answer);
    return answer;
  } catch (error) {
    await trail.failed(error);
    throw error;
  }
}
