/**
 * A flow is data: who may, schema in, schema out, and what to run. It says by
 * type which parts it needs (`flow<Needs>()`); the runner (`run.ts`) gives them.
 */
import { z } from "zod";
import type { AuditDetail, Audited } from "../audit/audit.ts";
import type { Actor } from "../staff/actor.ts";
import type { Asked, Subjects } from "./access.ts";
import type { About, Right } from "./rights.ts";

export interface Caller {
  actor: Actor;
  requestId: string;
}

/** Besides these, what the flow is about: an order, a creation, a person. */
export type FlowContext<A extends About, Needs> = Subjects[A] & Caller & {
  deps: Needs;
  /**
   * Writes the success to the audit log in the transaction of its change: pass
   * it on to the function that opens the transaction. A flow that does not
   * leaves it to the runner, which writes after the answer.
   */
  audited: Audited;
};

export interface Flow<
  A extends About,
  I extends z.ZodObject,
  O extends z.ZodType,
  Needs,
> {
  /** One sentence for the API document. */
  summary: string;
  who: Right<A>;
  input: I;
  output: O;
  /** Changes something: each run is in the audit log. */
  changes: boolean;
  /** The answer may hold a whole telephone number. */
  tellsNumbers?: true;
  /** Of what changes nothing: whether it is in the audit log all the same. */
  isTold?(input: z.output<I>, actor: Actor): boolean;
  /** Ids and codes for the audit log; `answer` is null when it was refused. */
  detail?(input: z.output<I>, answer: z.output<O> | null): AuditDetail;
  /**
   * For flows that pages repeat until they get an answer: an outcome that the
   * audit log has already, of the same person and with the same detail, adds no
   * row.
   */
  repeats?(input: z.output<I>): boolean;
  run(
    context: FlowContext<A, Needs>,
    input: z.output<I>,
  ): Promise<z.input<O>>;
}

/** As the runner sees it: it checks the input before it runs. */
export interface AnyFlow {
  summary: string;
  who: Right;
  input: z.ZodObject;
  output: z.ZodType;
  changes: boolean;
  tellsNumbers?: true;
  isTold?(input: never, actor: Actor): boolean;
  detail?(input: never, answer: never): AuditDetail;
  repeats?(input: never): boolean;
  run(context: never, input: never): Promise<unknown>;
}

/** `flow<Needs>()({ … })`: only for the types. */
export function flow<Needs = unknown>() {
  return <A extends About, I extends z.ZodObject, O extends z.ZodType>(
    definition: Flow<A, I, O, Needs> & { input: z.ZodType<Asked[A]> },
  ): Flow<A, I, O, Needs> => definition;
}

export const Id = z.string().trim().min(1).max(64);
