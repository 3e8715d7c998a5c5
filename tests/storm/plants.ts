/**
 * Faults to plant, to show that the harness catches what it is for. Each is a
 * mistake that reviews have let through elsewhere: text of a module and what to
 * put in its place.
 */
import type { Kind } from "./compare.ts";

export interface Plant {
  name: string;
  /** As what it must be found. */
  kind: Kind;
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
      sound: `const verdict = next === undefined
          ? await judge(listing, wxUserId, row, page, { seen, lossy })
          : null;`,
      faulty: `next = undefined;
        const verdict = { kind: "complete" } as
          | Awaited<ReturnType<typeof judge>>
          | null;`,
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
    // A binding is told when it is repeated, not when it is made.
    name: "bind-untold",
    kind: "audit",
    changes: [{
      module: "lib/groups/bind.ts",
      sound: "if (bound) {\n        const made",
      faulty: "if (!bound) {\n        const made",
    }],
  },
  {
    // A creation that led to a group stays under way.
    name: "leave-the-creation-open",
    kind: "stuck",
    changes: [{
      module: "lib/groups/bind.ts",
      sound: "then 'active' else 'cancelled' end,",
      faulty: "then state else 'cancelled' end,",
    }, {
      // Which would end it afterwards.
      module: "lib/reconcile/intents.ts",
      sound: 'await intents.end(intent.intentId, "cancelled")',
      faulty: "false",
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
      module: "lib/groups/groups.ts",
      sound: "if (!resumable) throw inProgress(intent, actor);",
      faulty: "",
    }],
  },
];

/** Those that a run can have together and still find each. */
export const PLANTED_TOGETHER: readonly (readonly string[])[] = [
  ["record-without-verifying", "delete-from-incomplete-listing"],
  ["dismiss-from-incomplete-listing", "delete-who-left", "bind-untold"],
  ["leave-the-creation-open", "share-the-creation"],
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
