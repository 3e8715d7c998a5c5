/**
 * A storm of callbacks against the real app while its worker runs: what people
 * do in a simulated company, pushed with repetitions, out of order, among
 * forgeries. Afterwards the mirror is compared with the company, stay by stay.
 */
import {
  eventXml,
  type World,
  type WorldEvent,
} from "../../lib/sandbox/mod.ts";
import { sealer } from "../../lib/sandbox/callbacks.ts";
import { dedupeKey } from "../../lib/inbox/dedupe.ts";
import { readXml } from "../../lib/wecom/callback/xml.ts";
import type { TestApp } from "../support/app.ts";
import { doSomething, seeded } from "./storm_world.ts";

export interface StormOptions {
  events: number;
  /** Sends a request to the app. */
  post(url: string, init: RequestInit): Promise<Response>;
  url: string;
  atOnce: number;
  seed: number;
}

export interface StormResult {
  distinct: number;
  sent: number;
  forged: number;
  /** Wrong answers, by what was sent and what was answered. */
  wrong: Record<string, number>;
  stored: number;
  settled: number;
  transfersTold: { expected: number; found: number };
  /** Differences between company and mirror, in words; empty when all is well. */
  differences: string[];
  ms: number;
  drainedMs: number;
  latency: { p50: number; p95: number; p99: number; max: number };
  readings: { chats: number; contacts: number };
}

export const stormEnv = {
  WECOM_CALLBACK_TOKEN: "sandboxCallbackToken",
  WECOM_CALLBACK_AES_KEY: "c2FuZGJveC1jYWxsYmFjay1rZXktb2Ytbm9ib2R5MTI",
};

interface Arrival {
  chatId: string;
  memberId: string;
  /** Seconds since epoch. */
  at: number;
}

const TWICE = 0.3;
const FORGED = 0.1;

export async function storm(
  app: TestApp,
  options: StormOptions,
): Promise<StormResult> {
  const { sandbox, services } = app;
  const { world } = sandbox;
  const random = seeded(options.seed);
  const seal = sealer({ sandbox, url: options.url, now: Date.now, random });
  const heard: WorldEvent[] = [];
  const arrivals: Arrival[] = [];
  world.on((event) => {
    heard.push(event);
    if (!("updateDetail" in event) || event.updateDetail !== "add_member") {
      return;
    }
    for (const memberId of event.memChangeList ?? []) {
      arrivals.push({ chatId: event.chatId, memberId, at: event.createTime });
    }
  });
  const keys = new Set<string>();
  const transfers = new Set<string>();
  const queue: { kind: "real" | "forged"; url: string; init: RequestInit }[] =
    [];
  const held: string[] = [];
  const times: number[] = [];
  const wrong: Record<string, number> = {};
  let [sent, forged] = [0, 0];

  /** Some more of what happens, sealed, shuffled, repeated and imitated. */
  function more(): void {
    while (heard.length === 0) {
      try {
        doSomething(world, random);
      } catch {
        // People try things that cannot be done.
      }
    }
    const messages = heard.splice(0).map((event) =>
      eventXml(event, sandbox.corpId)
    );
    if (random() < 0.03) messages.push(failedTransfer(sandbox.corpId, world));
    for (const message of messages) {
      const fields = readXml(message);
      const key = dedupeKey(fields, Date.now());
      keys.add(key);
      if (fields.ChangeType === "transfer_fail") transfers.add(key);
      held.push(message);
      if (random() < TWICE) held.push(message);
      if (random() < FORGED) queue.push(forgery(seal(message), random));
    }
    // Late ones wait here while others go first.
    while (held.length > 30) {
      const [message] = held.splice(Math.floor(random() * held.length), 1);
      if (message !== undefined) queue.push({ kind: "real", ...seal(message) });
    }
  }

  async function sender(): Promise<void> {
    for (;;) {
      while (queue.length === 0 && keys.size < options.events) more();
      if (queue.length === 0) {
        const message = held.shift();
        if (message === undefined) return;
        queue.push({ kind: "real", ...seal(message) });
      }
      const next = queue.shift();
      if (!next) continue;
      const begun = performance.now();
      const response = await options.post(next.url, next.init);
      await response.body?.cancel();
      if (next.kind === "real") times.push(performance.now() - begun);
      sent += 1;
      if (next.kind === "forged") forged += 1;
      const right = next.kind === "real"
        ? response.status === 200
        : response.status === 403 || response.status === 400;
      if (!right) {
        const name = `${next.kind} ${response.status}`;
        wrong[name] = (wrong[name] ?? 0) + 1;
      }
    }
  }

  const begun = performance.now();
  await Promise.all(Array.from({ length: options.atOnce }, sender));
  const ms = performance.now() - begun;
  await drained(app);
  const drainedMs = performance.now() - begun - ms;
  const [counted] = await services.sql<{ stored: number; settled: number }[]>`
    select count(*)::int as stored, count(settled_at)::int as settled
    from inbox_event`;
  const told = await services.sql`
    select 1 from audit_log where action = 'contact.transfer_failed'`;
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    distinct: keys.size,
    sent,
    forged,
    wrong,
    stored: counted?.stored ?? 0,
    settled: counted?.settled ?? 0,
    transfersTold: { expected: transfers.size, found: told.length },
    differences: [
      ...await differences(app),
      ...await forgotten(app, arrivals),
    ],
    ms,
    drainedMs,
    latency: {
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: times.at(-1) ?? 0,
    },
    readings: {
      chats: world.calls.count("externalcontact/groupchat/get"),
      contacts: world.calls.count("externalcontact/get"),
    },
  };
}

function failedTransfer(corpId: string, { state }: World): string {
  const [externalUserId = ""] = state.customers.keys();
  state.counter += 1;
  return `<xml><ToUserName>${corpId}</ToUserName><FromUserName>sys</FromUserName>` +
    `<CreateTime>${
      Math.floor(Date.now() / 1000)
    }</CreateTime><MsgType>event</MsgType>` +
    `<Event>change_external_contact</Event><ChangeType>transfer_fail</ChangeType>` +
    `<UserID>u${state.counter}</UserID><ExternalUserID>${externalUserId}</ExternalUserID>` +
    `<FailReason>customer_refused</FailReason></xml>`;
}

/** The same push, spoilt in one of the ways that somebody may try. */
function forgery(
  { url, init }: { url: string; init: RequestInit },
  random: () => number,
): { kind: "forged"; url: string; init: RequestInit } {
  const body = String(init.body);
  const ways: (() => { url: string; body: string })[] = [
    () => ({ url: url.replace(/msg_signature=./, "msg_signature=z"), body }),
    () => ({ url: url.replace(/nonce=/, "nonce=9"), body }),
    () => ({ url: url.replace(/timestamp=1/, "timestamp=2"), body }),
    () => ({ url, body: body.replace(/(Encrypt><!\[CDATA\[)./, "$1!") }),
    () => ({
      url,
      body: body.replace(/(..)\]\]><\/Encrypt/, "$1AA]]></Encrypt"),
    }),
    () => ({ url, body: `<!DOCTYPE x>${body}` }),
    () => ({ url, body: body.slice(0, body.length / 2) }),
  ];
  const way = ways[Math.floor(random() * ways.length)];
  const spoilt = way?.() ?? { url, body: "" };
  return {
    kind: "forged",
    url: spoilt.url,
    init: { ...init, body: spoilt.body },
  };
}

async function drained({ services }: TestApp): Promise<void> {
  const deadline = Date.now() + 300_000;
  for (;;) {
    const [row] = await services.sql<{ left: number }[]>`
      select count(*)::int as left from inbox_event where settled_at is null`;
    if (row?.left === 0) return;
    if (Date.now() > deadline) throw new Error(`${row?.left} events are left`);
    services.inbox.kick();
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** The company's truth against the mirror. */
async function differences({ sandbox, services }: TestApp): Promise<string[]> {
  const { sql } = services;
  const { state } = sandbox.world;
  const found: string[] = [];
  const same = (what: string, real: unknown, mirror: unknown) => {
    const [a, b] = [JSON.stringify(real), JSON.stringify(mirror)];
    if (a !== b) found.push(`${what}: ${a} in WeCom, ${b} in the mirror`);
  };
  const touched = await sql<{ subject: string }[]>`
    select distinct subject from inbox_event`;
  for (const { subject } of touched) {
    const [kind, id = ""] = subject.split("/");
    const chat = state.chats.get(id);
    if (kind === "chat" && chat) {
      const [row] = await sql<
        { name: string; owner: string; dismissedAt: Date | null }[]
      >`select name, owner, dismissed_at from chat where chat_id = ${id}`;
      same(
        `${subject} dismissed`,
        chat.dismissed,
        row ? row.dismissedAt !== null : chat.dismissed,
      );
      if (chat.dismissed) continue;
      const rows = await sql<{ memberId: string }[]>`
        select member_id from chat_member
        where chat_id = ${id} and left_at is null`;
      same(subject, [
        chat.name,
        chat.owner,
        chat.members.map((one) => one.id).sort(),
      ], [
        row?.name,
        row?.owner,
        rows.map((one) => one.memberId).sort(),
      ]);
    } else if (kind === "contact") {
      const rows = await sql<{ wxUserId: string; remark: string }[]>`
        select wx_user_id, remark from contact_follow
        where external_user_id = ${id} and deleted_at is null`;
      const real = [...state.followers.get(id) ?? []].map((userId) => [
        userId,
        state.follows.get(userId)?.get(id)?.remark,
      ]);
      same(
        subject,
        real.sort(),
        rows.map((one) => [one.wxUserId, one.remark]).sort(),
      );
    }
  }
  return found;
}

/** Who came into a group and is not in its history, however short the stay. */
async function forgotten(
  { sandbox, services }: TestApp,
  arrivals: readonly Arrival[],
): Promise<string[]> {
  const living = arrivals.filter(({ chatId }) =>
    sandbox.world.state.chats.get(chatId)?.dismissed === false
  );
  const rows = await services.sql<Arrival[]>`
    select * from unnest(
      ${living.map((one) => one.chatId)}::text[],
      ${living.map((one) => one.memberId)}::text[],
      ${living.map((one) => one.at)}::float8[]
    ) as came (chat_id, member_id, at)
    where not exists (
      select 1 from chat_member m
      where m.chat_id = came.chat_id and m.member_id = came.member_id
        and abs(extract(epoch from m.joined_at) - came.at) <= 5)`;
  return rows.map((one) => `${one.memberId} was never in ${one.chatId}`);
}
