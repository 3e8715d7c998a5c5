/** What people and callbacks write, for who looks at the statements. */
import { auditOnce } from "../../lib/audit/audit.ts";
import { decideCustomer } from "../../lib/contacts/decisions.ts";
import { dropFollow } from "../../lib/contacts/mirror.ts";
import { callFlow } from "../../lib/flows/run.ts";
import { keepEnd, keepReading } from "../../lib/groups/chat_facts.ts";
import { listDead } from "../../lib/inbox/dead_letter.ts";
import {
  insertEvents,
  type NewEvent,
  repeatEvents,
} from "../../lib/inbox/insert_events.ts";
import { createTaskQueue, recentEvents } from "../../lib/inbox/task_queue.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { FEW } from "../bench/growth_data.ts";
import type { Company, Query } from "../bench/growth_queries.ts";

const actor = {
  wxUserId: FEW.wxUserId,
  name: FEW.wxUserId,
  role: "designer",
  storeName: null,
} as const;
const caller = { actor, requestId: "writes" };

/** Order, and contact, `k` of who has few; the tenth has a group. */
const numberOf = ({ size }: Company, k: number) =>
  Math.floor(size / FEW.orders) * k;

async function create(company: Company): Promise<void> {
  const { services } = company;
  const n = numberOf(company, 1);
  const answer = await callFlow(services, caller, "group.prepare", {
    orderId: `o${n}`,
    customerExternalUserId: `wm${n}`,
    attempt: "page",
  });
  if (!("intentId" in answer)) throw new Error("There is a group already");
  const { intentId } = answer;
  await callFlow(services, caller, "group.cancel", { intentId });
}

async function choose(company: Company): Promise<void> {
  const { sql, now } = company.services;
  const n = numberOf(company, 2);
  const chosen = {
    orderId: `o${n}`,
    externalUserId: `wm${n}`,
    source: "hand",
    wxUserId: FEW.wxUserId,
  } as const;
  await sql.begin((sql) => decideCustomer(sql, chosen, new Date(now()), null));
}

/** A group as it was read: the manager has left, another member has come. */
async function readGroup(company: Company): Promise<void> {
  const { sql, now } = company.services;
  const n = numberOf(company, 10);
  const reading = await beginReading(sql, now);
  await sql.begin((sql) =>
    keepReading(
      sql,
      {
        chatId: `wro${n}`,
        name: "群",
        ownerWxUserId: FEW.wxUserId,
        createTime: now(),
        notice: "",
        members: [FEW.wxUserId, "d0"].map((userId) => ({
          userId,
          type: "member",
          joinTime: now(),
          joinScene: "invited",
          invitorWxUserId: null,
          name: userId,
          groupNickname: "",
          state: null,
        })),
        adminWxUserIds: [],
        memberVersion: null,
        dropped: [],
      },
      reading,
      { via: "callback" },
    )
  );
  const later = await beginReading(sql, now);
  await sql.begin((sql) => keepEnd(sql, `wro${n}`, later, { via: "callback" }));
  await sql.begin((sql) => dropFollow(sql, FEW.wxUserId, `wm${n}`, later));
}

/** An event comes, comes again, and is settled. */
async function receive(company: Company): Promise<void> {
  const { services, services: { sql } } = company;
  const at = new Date(0).toISOString();
  const event: NewEvent = {
    key: "event",
    subject: "chat/new",
    fields: "{}",
    welcome: null,
    receivedAt: at,
    readyAt: at,
    repeatable: true,
  };
  await insertEvents(sql, [event]);
  await repeatEvents(sql, [event]);
  await recentEvents(sql, event.subject, 0);
  const queue = createTaskQueue({ ...services, uuid: () => "lease" });
  const [task] = await queue.claim(1);
  if (!task) throw new Error("The event is not due");
  await queue.postpone(task, 0, null);
  const [again] = await queue.claim(1);
  if (!again) throw new Error("The event is not due again");
  await queue.settle(again, () => Promise.resolve());
  await listDead(sql, { limit: 10 });
}

const tell = ({ services: { sql, now } }: Company) =>
  auditOnce(sql, now, {
    actor: "few",
    action: "group.record",
    subject: "o1",
    outcome: "done",
  });

export const WRITES: readonly Query[] = [
  { name: "a creation begins and is given up", ask: create },
  { name: "a customer is chosen", ask: choose },
  { name: "a group is read", ask: readGroup },
  { name: "an event is received and settled", ask: receive },
  { name: "an outcome is told once", ask: tell },
];
