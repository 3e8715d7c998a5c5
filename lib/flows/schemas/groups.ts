/** The group that is there, and what an open page may find changed. */
import { z } from "zod";
import { GroupStatus, Said, Time } from "./common.ts";
import { GroupCandidate, Offered } from "./creations.ts";
import { MatchView } from "./customers.ts";

export const GroupMember = z.object({
  memberId: z.string(),
  name: z.string(),
  type: z.enum(["staff", "customer"]),
  joinedAt: Time,
});

export const MissingMember = z.object({
  memberId: z.string(),
  name: z.string(),
  kind: z.enum(["customer", "staff"]),
  reason: z.enum(["not_joined", "left", "changed_on_order"])
    .describe("changed_on_order: put on the order after the group was made"),
});
export type MissingMember = z.infer<typeof MissingMember>;

export const GroupTold = z.object({
  title: z.string(),
  text: z.string(),
  notes: z.array(z.string()).describe("who is missing, and who can help"),
  outside: z.boolean().describe("the viewer is not in the group"),
  people: z.array(z.object({
    name: z.string(),
    role: z.string(),
    here: z.boolean(),
  })).describe("who belongs into the group, and whether they are in it"),
  next: z.object({
    path: z.string().describe("of its page"),
    waiting: z.string().describe("how many there are, it among them"),
  }).optional().describe("another order of the viewer without a group"),
  welcome: z.string().optional()
    .describe("the company's text to send into it; only for who is in it"),
});
export type GroupTold = z.infer<typeof GroupTold>;

export const GroupView = z.object({
  chatId: z.string().nullable(),
  groupName: z.string(),
  status: GroupStatus,
  owner: z.object({ wxUserId: z.string(), name: z.string() }).nullable(),
  members: z.array(GroupMember),
  customerJoined: z.boolean(),
  createdAt: Time,
  syncedAt: Time.nullable(),
  ownerStatus: z.enum(["owner_left", "transferring", "transferred"]).optional()
    .describe("absent while the owner is as usual"),
  missing: z.array(MissingMember).optional()
    .describe("of an active group: who belongs to it and is not in it"),
  candidates: z.array(GroupCandidate).optional()
    .describe("while searching, when several fit: choose with group.link"),
  twins: z.array(GroupCandidate).optional()
    .describe("other groups that were made for this order: to be dissolved"),
  gone: z.string().optional().describe("of a dismissed group, in words"),
  told: GroupTold.optional()
    .describe("of an active group, in words for whoever asks"),
});
export type GroupView = z.infer<typeof GroupView>;

export const PageIntent = z.object({
  intentId: z.string(),
  groupName: z.string(),
  status: z.enum(["pending", "searching"]),
  chatId: z.string().nullable()
    .describe("reported by the client; being verified with WeCom"),
  mine: z.boolean(),
  byName: z.string(),
  customerExternalUserId: z.string(),
  customerExternalUserIds: z.array(z.string()).optional()
    .describe("all of them"),
  expiresAt: Time,
  told: Said,
}).describe("the client was asked: a mere look is none");
export type PageIntent = z.infer<typeof PageIntent>;

export const PageNow = z.object({
  group: GroupView.nullable().describe("active, or dismissed"),
  intent: PageIntent.nullable(),
  ended: z.string().nullish()
    .describe("what became of the last creation, if it ended without a group"),
  candidates: z.array(GroupCandidate).nullish()
    .describe("groups that may have come of that creation: choose one"),
  match: MatchView.nullable().describe("null when there is a group"),
  existing: Offered.nullish()
    .describe("a group made by hand, with the matched customer in it"),
});
export type PageNow = z.infer<typeof PageNow>;
