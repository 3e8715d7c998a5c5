/**
 * What an error tells a program besides its name (`details` of the envelope):
 * one map for the code that throws it, for the page that reads it, and for the
 * OpenAPI document. An error that is not in the map has no details.
 */
import { z } from "zod";
import { END_REASONS, GroupCandidate, InProgress, Person } from "./schemas.ts";

/** WeCom's own refusal. */
const WecomRefusal = z.object({
  errcode: z.number().int().nullable(),
  endpoint: z.string(),
  ip: z.string().optional().describe("ours, which WeCom does not trust"),
});

export const DETAILS = {
  UNAUTHENTICATED: z.union([
    z.object({ reason: z.literal("login") }),
    WecomRefusal,
  ]),
  FORBIDDEN: z.object({ reason: z.enum(["not_staff", "external"]) }),
  VALIDATION_FAILED: z.union([
    z.array(z.object({ path: z.string(), message: z.string() })),
    WecomRefusal,
  ]),
  GROUP_NOT_FOUND: z.object({
    reason: z.enum([...END_REASONS, "dismissed"])
      .describe("how the last creation ended"),
    intentId: z.string().optional(),
    title: z.string().optional().describe("the same in a few words"),
    candidates: z.array(GroupCandidate).readonly().optional()
      .describe("not_chosen: these can still be linked"),
  }),
  GROUP_IN_PROGRESS: InProgress,
  ALREADY_REMINDED: z.object({
    to: Person,
    retryAfterMs: z.number().int(),
  }),
  COLLEAGUE_UNREACHABLE: z.object({
    reason: z.enum(["out_of_scope", "unlicensed"]),
    to: Person,
  }),
  GROUP_ALREADY_EXISTS: z.object({ chatId: z.string(), groupName: z.string() }),
  CHAT_REJECTED: WecomRefusal.partial().extend({
    reason: z.enum(["foreign_owner", "missing_members", "unknown"]),
    missing: z.array(z.string()).optional().describe("ids of who is not in it"),
    final: z.boolean().optional()
      .describe("false: WeCom may answer otherwise later"),
  }),
  NO_CUSTOMER_CONTACT_PERMISSION: WecomRefusal,
  RATE_LIMITED: WecomRefusal,
  WECOM_IP_NOT_TRUSTED: WecomRefusal,
  WECOM_CREDENTIALS_INVALID: WecomRefusal,
  WECOM_UNAVAILABLE: WecomRefusal,
};

export type ErrorDetails = {
  [E in keyof typeof DETAILS]: z.output<typeof DETAILS[E]>;
};

/** The details of an error by its name; `never` if it has none. */
export type DetailsOf<E> = E extends keyof ErrorDetails ? ErrorDetails[E]
  : never;
