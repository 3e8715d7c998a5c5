/** Contacts, and which of them is an order's customer. */
import { z } from "zod";
import { Person, Time } from "./common.ts";

export const Contact = z.object({
  externalUserId: z.string(),
  name: z.string(),
  phone: z.string().describe("masked; empty when none is written down"),
  avatar: z.string().nullable(),
});

export const ContactList = z.object({
  externalContacts: z.array(Contact),
  nextCursor: z.string().nullable(),
  syncedAt: Time.nullable(),
});

/** One of an order's customers, as people tell them apart. */
export const OfCustomer = z.object({
  name: z.string(),
  phone: z.string().describe("masked; empty when no number is known"),
});

export const Candidate = Contact.extend({
  remark: z.string(),
  addedAt: Time,
  via: z.enum(["number", "code", "hand", "group"]).optional()
    .describe(
      "how it is the order's: by number, by the order's own code, or decided",
    ),
  of: OfCustomer.optional()
    .describe("whose contact it is; absent where the order has one number"),
});
export type Candidate = z.infer<typeof Candidate>;

export const Progress = z.object({
  seen: z.int().describe("contacts read so far"),
  expected: z.int().nullable()
    .describe("how many there were last time; null before the first"),
  place: z.int().describe("people who are read before; 0: being read"),
});

export const Way = z.object({
  id: z.enum([
    "remind-colleague",
    "contact-code",
    "pick-contact",
    "add-customer",
    "refresh-contacts",
  ]).describe("what the page does, and its test id"),
  title: z.string(),
  text: z.string(),
});
export type Way = z.infer<typeof Way>;

export const MatchTold = z.object({
  title: z.string(),
  text: z.string(),
  ways: z.array(Way).describe("how it goes on, the most promising first"),
});
export type MatchTold = z.infer<typeof MatchTold>;

export const MatchView = z.object({
  status: z.enum(["matched", "ambiguous", "none", "syncing"])
    .describe(
      "matched: all candidates are the order's customers, and go into its group together; syncing: contacts are still being read; ask again",
    ),
  candidates: z.array(Candidate),
  without: z.array(OfCustomer.extend({
    why: z.enum(["absent", "unclear"]).describe(
      "absent: no contact of this person; unclear: several, or a shared number",
    ),
  })).optional()
    .describe("further customers of the order who are no candidates' own"),
  notes: z.array(z.string()).optional().describe("the same in words"),
  followers: z.array(Person)
    .describe("staff of the order who do have the customer"),
  suggestions: z.array(Candidate)
    .describe("contacts of the same name without a number, on a miss"),
  half: z.boolean().optional()
    .describe(
      "on a miss: somebody scanned the order's own code, and this person has yet to confirm in WeCom (通过)",
    ),
  chosen: z.array(z.string()).optional()
    .describe("externalUserIds of who need not be asked about"),
  told: MatchTold.optional().describe("in words for whoever asks"),
  syncedAt: Time.nullable(),
  progress: Progress.optional().describe("while syncing"),
});
export type MatchView = z.infer<typeof MatchView>;

export const OrderCode = z.object({
  qrCode: z.string().describe("address of the picture"),
  state: z.string().describe("comes back with whoever scans it"),
});
export type OrderCode = z.infer<typeof OrderCode>;

export const WITHHELD_REASONS = [
  "not_asked",
  "not_on_order",
  "other_order",
  "too_many",
  "no_number",
  "shared_number",
  "not_chosen",
  "refused",
] as const;

export const LinkedCustomer = z.object({
  externalUserId: z.string(),
  name: z.string(),
  writtenBack: z.boolean()
    .describe("the order's number stands in the contact's remark in WeCom now"),
  reason: z.enum(WITHHELD_REASONS).optional()
    .describe("why it does not"),
  msg: z.string().optional().describe("the same for a person"),
});

export type Linked = z.infer<typeof LinkedCustomer>;
