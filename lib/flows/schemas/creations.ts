/** Making an order's group: the look before, the lease, the report. */
import { z } from "zod";
import { GroupStatus, Person, Said, Time } from "./common.ts";

export const Existing = z.object({
  chatId: z.string(),
  groupName: z.string(),
  /** A group made by hand: offer `group.link`. Absent: the order's own group. */
  linkable: z.boolean().optional(),
  createdAt: Time.optional(),
  memberCount: z.number().int().optional(),
  offer: Said.optional(),
});

/** One that a page offers when it opens. */
export const Offered = Existing.required();
export type Offered = z.infer<typeof Offered>;

export const Prepared = z.object({
  intentId: z.string(),
  groupName: z.string(),
  userIds: z.array(z.string()),
  externalUserIds: z.array(z.string()),
  expiresInMs: z.number().int()
    .describe("how long the lease lasts from now: no device's clock is asked"),
  expiresAt: Time,
});
export type Prepared = z.infer<typeof Prepared>;

export const PrepareAnswer = z.union([
  Prepared,
  z.object({ existing: Existing }),
]);
export type PrepareAnswer = z.infer<typeof PrepareAnswer>;

export const RecordAnswer = z.object({
  success: z.literal(true),
  chatId: z.string().nullable(),
  groupName: z.string(),
  status: GroupStatus,
});
export type RecordAnswer = z.infer<typeof RecordAnswer>;

/** Why a creation led to no group. */
export const END_REASONS = [
  /** A person gave it up. */
  "cancelled",
  /** A person said that no group came of it, and WeCom has none. */
  "not_made",
  /** The same person went on from another page. */
  "taken_over",
  /** Another creation was begun after a look had not found this one's group. */
  "superseded",
  /** The order got another group. */
  "other_group",
  /** Its time was over: nobody reported, WeCom has none, nobody chose, or WeCom
   * could not be asked. */
  "not_reported",
  "not_found_in_time",
  "not_chosen",
  "not_asked",
] as const;

export const GroupCandidate = z.object({
  chatId: z.string(),
  groupName: z.string(),
  createdAt: Time,
  memberNames: z.array(z.string()),
});
export type GroupCandidate = z.infer<typeof GroupCandidate>;

/** Another creation of this order, by whoever began it. */
export const InProgress = z.object({
  mine: z.boolean(),
  byWxUserId: z.string(),
  byName: z.string(),
  status: z.enum(["pending", "searching"]),
  expiresInMs: z.number().int(),
  expiresAt: Time,
  intentId: z.string().optional().describe("one's own only"),
  customerExternalUserId: z.string().optional().describe("one's own only"),
  customerExternalUserIds: z.array(z.string()).optional()
    .describe("one's own only: all of them"),
  told: Said,
  askFirst: z.literal("group.preview").optional()
    .describe("an earlier creation may have made a group: look for it first"),
});
export type InProgress = z.infer<typeof InProgress>;

export const PREVIEW_ROLES = [
  "customer",
  "designer",
  "project_manager",
  "initiator",
  "second",
] as const;

export const PreviewPerson = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(PREVIEW_ROLES),
  label: z.string().optional()
    .describe("of a colleague: what they are, in words for whoever asks"),
});

export const PreviewAnswer = z.object({
  groupName: z.string(),
  members: z.array(PreviewPerson).describe("who will be in the group"),
  missing: z.array(PreviewPerson.extend({
    reason: z.enum(["departed", "out_of_scope", "not_followed", "too_many"]),
    next: z.string().optional().describe("for a person: what to do about it"),
    note: z.string().describe("all of it in words"),
  })).describe("who belongs into it and cannot be put in"),
  second: z.object({
    why: z.string().describe("for a person"),
    colleague: Person.nullable()
      .describe("who joins, among the members, too; null: nobody, so ask"),
    choices: z.array(Person).describe(
      "colleagues who may, those of the store first",
    ),
  }).optional().describe(
    "there would be one colleague and one customer, of which a client may make a one-to-one chat",
  ),
  size: z.object({ members: z.number().int(), most: z.number().int() }),
  existing: Existing.nullable(),
  candidates: z.array(GroupCandidate).optional()
    .describe("several could be the order's group: choose with group.link"),
  inProgress: InProgress.optional()
    .describe("a creation that is under way: group.prepare will refuse"),
});
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;
