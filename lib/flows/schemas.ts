/**
 * The shapes of what flows answer: they validate, they make the OpenAPI
 * document, and islands import their types (types only, so that no zod reaches
 * the browser).
 */
import { z } from "zod";
import { SETTINGS } from "../settings/definitions.ts";

const Time = z.iso.datetime().describe("ISO 8601, UTC");
export const Person = z.object({ wxUserId: z.string(), name: z.string() });

export const GROUP_STATUSES = [
  "pending",
  "searching",
  "active",
  "dismissed",
] as const;
export const GroupStatus = z.enum(GROUP_STATUSES);

export const OrderView = z.object({
  orderId: z.string(),
  orderNo: z.string(),
  designerWxUserId: z.string(),
  designerName: z.string(),
  projectManagerWxUserId: z.string().nullable(),
  projectManagerName: z.string().nullable(),
  customerName: z.string(),
  customerPhone: z.string().describe("masked: 138****8000"),
  customers: z.array(z.object({
    name: z.string(),
    phone: z.string().describe("masked"),
  })).optional()
    .describe("all of them, the first one first; absent where there is one"),
  storeName: z.string().nullable(),
  createdAt: Time,
  group: z.object({
    chatId: z.string().nullable(),
    groupName: z.string(),
    status: GroupStatus,
  }).nullable(),
});
export type OrderView = z.infer<typeof OrderView>;

export const MatchState = z.enum(["matched", "ambiguous", "none", "unknown"])
  .describe("unknown: this person's contacts were not read yet");

export const BADGES = [
  "created",
  "customer_missing",
  "under_way",
  "linkable",
  "can_create",
  "to_choose",
  "to_add",
  "dismissed",
  "unknown",
] as const;

export const OrderBadge = z.object({
  kind: z.enum(BADGES).describe(
    "unknown: the contacts of the order's people were not read yet",
  ),
  by: Person.nullable()
    .describe("the colleague who can go on, or who does; null: nobody else"),
});
export type OrderBadge = z.infer<typeof OrderBadge>;

export const OrderRow = OrderView.extend({
  matchState: MatchState.describe("against the contacts of who asks"),
  badge: OrderBadge.describe("how far the order is, whoever asks"),
});
export type OrderRow = z.infer<typeof OrderRow>;

export const OrderBeside = OrderRow.extend({
  sure: z.boolean().describe(
    "false: it may be another customer's, so a person looks first",
  ),
});
export type OrderBeside = z.infer<typeof OrderBeside>;

export const CustomerBeside = z.object({
  name: z.string().describe("as the person calls this contact"),
  orders: z.array(OrderBeside),
  more: z.boolean().describe("there are others in the list"),
});
export type CustomerBeside = z.infer<typeof CustomerBeside>;

export const GroupBeside = z.object({
  chatId: z.string(),
  groupName: z.string().describe("in words where it has none"),
  state: z.enum(["linked", "free", "taken"]).describe(
    "linked: it is the group of an order that the person may open; taken: of another",
  ),
  owner: Person,
  mayLink: z.boolean()
    .describe("only who owns a group can make it an order's"),
  customers: z.array(z.object({
    externalUserId: z.string(),
    name: z.string(),
    mine: z.boolean().describe("a contact of who asks"),
  })),
  order: OrderBeside.nullable().describe("whose group it is"),
  welcome: z.string().nullable()
    .describe("the company's text for this order's customer"),
  choices: z.array(OrderBeside)
    .describe("orders without a group, whose customer is in this one"),
});
export type GroupBeside = z.infer<typeof GroupBeside>;

const OrderCount = z.object({
  count: z.number().int(),
  more: z.boolean().describe("there may be more: only the newest are counted"),
});
export type OrderCount = z.infer<typeof OrderCount>;

export const OrderList = z.object({
  orders: z.array(OrderRow),
  nextCursor: z.string().nullable(),
  counts: z.object({
    all: OrderCount,
    withGroup: OrderCount,
    withoutGroup: OrderCount,
  }).optional().describe("of the whole list, whatever is looked for in it"),
});
export type OrderList = z.infer<typeof OrderList>;

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

const Said = z.object({ title: z.string(), text: z.string() })
  .describe("in words for whoever asks");
export type Said = z.infer<typeof Said>;

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

export const Done = z.object({ success: z.literal(true) });

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

export const Changed = z.object({
  by: z.string().describe("the name of who changed it last"),
  at: Time,
});

export const Settings = z.object({
  values: z.object(SETTINGS),
  changed: z.record(z.string(), Changed)
    .describe("by the setting's name; absent: it has its default"),
});
export type Settings = z.infer<typeof Settings>;
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
  ended: z.string().optional()
    .describe("what became of the last creation, if it ended without a group"),
  candidates: z.array(GroupCandidate).optional()
    .describe("groups that may have come of that creation: choose one"),
  match: MatchView.nullable().describe("null when there is a group"),
  existing: Offered.optional()
    .describe("a group made by hand, with the matched customer in it"),
});
export type PageNow = z.infer<typeof PageNow>;

const Tally = z.record(z.string(), z.number().int());

export const SyncRun = z.object({
  runId: z.string(),
  kind: z.enum(["nightly", "task", "demand"]),
  state: z.enum(["running", "done", "cut", "failed"])
    .describe("cut: stopped before its end; the next run goes on with it"),
  startedAt: Time,
  endedAt: Time.nullable(),
  counts: Tally,
  calls: Tally.describe("calls to WeCom by endpoint"),
  errors: Tally.describe("by endpoint and code"),
  progress: z.object({
    step: z.enum(["creations", "lists", "groups", "late", "contacts"]),
    done: z.number().int(),
    of: z.number().int(),
  }).nullable().describe("how far the step is that the run is at"),
});

export const DeadLetter = z.object({
  taskId: z.string(),
  subject: z.string().describe("chat/<chatId> or contact/<externalUserId>"),
  attempts: z.number().int(),
  lastError: z.string(),
  diedAt: Time,
  events: z.array(z.object({
    eventId: z.string(),
    receivedAt: Time,
    event: z.string(),
    changeType: z.string(),
  })),
});
