/**
 * Faults to plant, to show that the harness catches what it is for. Each is a
 * mistake that reviews have let through elsewhere: text of a module and what to
 * put in its place.
 */
import type { Kind } from "./compare.ts";
import type { Story } from "./plan.ts";

export interface Plant {
  name: string;
  /** As what it must be found. */
  kind: Kind;
  /** What orders must live through for it to be seen; else chance is enough. */
  story?: Story;
  /** Modules by their path from the root of the project. */
  changes: readonly { module: string; sound: string; faulty: string }[];
}

export const PLANTS: readonly Plant[] = [
  {
    // The client's word is taken for it: whatever chat it names is bound.
    name: "record-without-verifying",
    kind: "foreign",
    changes: [{
      module: "lib/groups/verify.ts",
      sound: "const ours = [expected.createdBy",
      faulty:
        "if (chat.chatId) return null;\n  const ours = [expected.createdBy",
    }],
  },
  {
    // The first page of somebody's contacts counts as all of them.
    name: "delete-from-incomplete-listing",
    kind: "contacts",
    changes: [{
      module: "lib/contacts/sync.ts",
      sound: `const { row, reading, page, next, seen, lossy } = read;
    const checked = next === undefined
      ? await checkListing(listing, wxUserId, row, page, { seen, lossy })
      : null;`,
      faulty: `const { row, reading, page, seen, lossy } = read;
    const next = undefined;
    const checked = { kind: "complete" } as
      | Awaited<ReturnType<typeof checkListing>>
      | null;`,
    }, {
      // Whose common listing would bring back in the night what is missing.
      module: "lib/contacts/read_together.ts",
      sound: "const read = await readAll(deps, wxUserIds);",
      faulty: `const read: ReadTogether | null = wxUserIds.length > 0
      ? { read: new Map(), alone: [...wxUserIds] }
      : await readAll(deps, wxUserIds);`,
    }],
  },
  {
    // The first page of a listing counts as the whole of it, and what it does
    // not name as gone.
    name: "dismiss-from-incomplete-listing",
    kind: "groups",
    changes: [{
      module: "lib/reconcile/list_groups.ts",
      sound: "await savePage(deps, slice, page);",
      faulty:
        "return await savePage(deps, slice, { ...page, nextCursor: null });",
    }, {
      module: "lib/reconcile/read_groups.ts",
      sound: 'if (answer.kind !== "present") return',
      faulty:
        `if (task.unlisted) return await dismiss(deps, task, answer.reading);
  if (answer.kind !== "present") return`,
    }],
  },
  {
    // Who left is forgotten.
    name: "delete-who-left",
    kind: "history",
    changes: [{
      module: "lib/chats/stay_rows.ts",
      sound: "await change(queries, chatId, ended);",
      faulty: `const left = ended.map((end) => end.was.memberId);
  await queries\`delete from chat_member where left_at is null
    and chat_id = \${chatId} and member_id = any(\${left}::text[])\`;`,
    }],
  },
  {
    // A binding goes unwritten in the log of who did what.
    name: "bind-untold",
    kind: "audit",
    changes: [{
      module: "lib/groups/bind.ts",
      sound: "await audit(sql, () => at.getTime(), {",
      faulty: "if (intent === null) await audit(sql, () => at.getTime(), {",
    }],
  },
  {
    // A creation that led to a group stays under way.
    name: "leave-the-creation-open",
    kind: "stuck",
    changes: [{
      module: "lib/groups/moves.ts",
      sound: "update group_intent set state = ${stored(to, reason)},",
      faulty:
        `update group_intent set state = case when ${"${name}"}::text = 'bind'
          then state else ${"${stored(to, reason)}"} end,`,
    }, {
      module: "lib/groups/moves.ts",
      sound: "yield: {\n    from: OPEN,",
      faulty: "yield: {\n    from: [],",
    }, {
      // Which would end it afterwards.
      module: "lib/groups/settle_due.ts",
      sound:
        "if (now() - intent.expiresAt.getTime() < GIVE_UP_MS) return null;",
      faulty: "if (now() > GIVE_UP_MS) return null;",
    }],
  },
  {
    // A reading that knows of no order overwrites the one that was bound.
    name: "reading-unbinds",
    kind: "lost",
    changes: [{
      module: "lib/chats/mirror.ts",
      sound: "else chat.order_id end,",
      faulty: "else null end,",
    }],
  },
  {
    // What a group looked like at first, it looks like for ever.
    name: "keep-the-first-reading",
    kind: "stale",
    changes: [{
      module: "lib/chats/mirror.ts",
      sound: "const now = await writeChat(queries, chat, reading);",
      faulty: `if (was) return unchanged(chatId, was.orderId);
  const now = await writeChat(queries, chat, reading);`,
    }],
  },
  {
    // Two people at once get the same creation to carry out.
    name: "share-the-creation",
    kind: "doubled",
    changes: [{
      module: "lib/groups/prepare.ts",
      sound: "const mine = isSameUser(intent.createdBy, actor.wxUserId);",
      faulty: `if (intent.state === "launched") return intent;
  const mine = isSameUser(intent.createdBy, actor.wxUserId);`,
    }],
  },
  {
    // The same person's second page gets the creation of the first.
    name: "ignore-another-attempt",
    kind: "doubled",
    changes: [{
      module: "lib/groups/prepare.ts",
      sound: "if (intent.attempt === wanted.attempt) {",
      faulty: "if (intent.attempt !== null) {",
    }],
  },
  {
    // The first group that turns up is the one, whatever else there is.
    name: "bind-without-a-complete-look",
    kind: "unasked",
    story: "question",
    changes: [{
      module: "lib/groups/settle.ts",
      sound: 'if (mirrored.kind === "nothing" && !asks) return false;',
      faulty: `if (mirrored.kind === "bind") {
    return await bindFound(ground, claim, mirrored.chatId, cause);
  }
  if (mirrored.kind === "nothing" && !asks) return false;`,
    }],
  },
  {
    // What a group is called now decides, though a person was asked.
    name: "let-a-rename-decide",
    kind: "unasked",
    story: "question",
    changes: [{
      module: "lib/chats/around.ts",
      sound: "firstName: row.firstName ?? row.name,",
      faulty: "firstName: row.name,",
    }, {
      module: "lib/groups/decide.ts",
      sound: "const unique = intent.askedAt !== null",
      faulty: "const unique = intent === null",
    }, {
      module: "lib/groups/bind.ts",
      sound: "sql`asked_at is null`",
      faulty: "sql`true`",
    }],
  },
  {
    // Another group of the order is nobody's business while it has one.
    name: "hide-the-twin",
    kind: "told",
    changes: [{
      module: "lib/groups/situation.ts",
      sound: 'return { kind: "active", chat, intent, twins };',
      faulty: 'return { kind: "active", chat, intent, twins: twins.slice(9) };',
    }],
  },
  {
    // An end is written down, and nobody is told.
    name: "end-untold",
    kind: "events",
    changes: [{
      module: "lib/groups/moves.ts",
      sound: "from moved\n    )",
      faulty: "from moved where ${name} not in ('cancel', 'takeOver')\n    )",
    }],
  },
];

/** Those that a run can have together and still find each. */
export const PLANTED_TOGETHER: readonly (readonly string[])[] = [
  ["record-without-verifying", "delete-from-incomplete-listing"],
  [
    "dismiss-from-incomplete-listing",
    "delete-who-left",
    "bind-untold",
    "end-untold",
  ],
  ["leave-the-creation-open", "share-the-creation"],
  ["ignore-another-attempt", "hide-the-twin"],
  ["bind-without-a-complete-look"],
  ["let-a-rename-decide"],
  ["keep-the-first-reading"],
  ["reading-unbinds"],
];

export function plantNamed(name: string): Plant {
  const plant = PLANTS.find((one) => one.name === name);
  if (!plant) {
    const names = PLANTS.map((one) => one.name).join(", ");
    throw new Error(`Cannot plant ${name}: there are ${names}`);
  }
  return plant;
}
