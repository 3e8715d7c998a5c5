/**
 * What is asked of a company of any size, through the product's own flows, pages
 * and functions: each query by the name under which its growth is told.
 */
import { type Config, readConfig } from "../../lib/config/mod.ts";
import { callFlow } from "../../lib/flows/run.ts";
import type { FlowInput } from "../../lib/flows/mod.ts";
import { chatsAround } from "../../lib/chats/around.ts";
import { loadGroupPage } from "../../lib/groups/page.ts";
import { waitingAround } from "../../lib/groups/intents.ts";
import { createTaskQueue } from "../../lib/inbox/task_queue.ts";
import { claimDatabase } from "../../lib/owner/mark.ts";
import { ownerOf } from "../../lib/owner/owner.ts";
import { createSandbox } from "../../lib/sandbox/mod.ts";
import { createServices, type Services } from "../../lib/services.ts";
import type { Actor, Role } from "../../lib/staff/actor.ts";
import { userKey } from "../../lib/staff/user_id.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault } from "../../lib/store/vault.ts";
import {
  DATA_KEY,
  endOf,
  FEW,
  FOLLOWER,
  MANY,
  OPERATOR,
  SAME,
} from "./growth_data.ts";

export interface Company {
  services: Services;
  /** How many orders, and contacts. */
  size: number;
  close(): Promise<void>;
}

export interface Query {
  name: string;
  /** `turn` counts up: each asks for something else. */
  ask(company: Company, turn: number): Promise<unknown>;
}

const ORIGIN = "http://localhost:8000";

function configOf(url: string, dataDir: string): Config {
  const env: Record<string, string> = {
    DATABASE_URL: url,
    SANDBOX: "1",
    KV_PATH: ":memory:",
    DATA_DIR: dataDir,
    PUBLIC_ORIGIN: ORIGIN,
    ERP_INBOUND_TOKEN: "erp-inbound-token-of-the-bench",
    SESSION_SECRET: "session-secret-of-the-bench-0123456789",
    DATA_KEY,
  };
  return readConfig((name) => env[name]);
}

/** Marks an empty database as the product would: a filled one is a stranger's. */
export async function claim(sql: Sql, url: string): Promise<void> {
  const config = configOf(url, "unused");
  await claimDatabase(sql, ownerOf(config), createVault(config.dataKey));
}

/** The product before a database that is filled. */
export async function openCompany(url: string, size: number): Promise<Company> {
  const dataDir = await Deno.makeTempDir({ prefix: "growth-" });
  const config = configOf(url, dataDir);
  const { corpId, agentId, secret } = config.wecom;
  const deps = { now: Date.now, random: Math.random, log: () => {} };
  const sandbox = createSandbox({
    ...deps,
    publicOrigin: ORIGIN,
    corpId,
    agentId,
    secret: secret.reveal(),
    seed: { kind: "built", build: () => {} },
  });
  await sandbox.ready;
  const services = await createServices(config, { ...deps, sandbox });
  return {
    services,
    size,
    async close() {
      await services.close();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

const by = (wxUserId: string, role: Role = "designer"): Actor => ({
  wxUserId,
  name: wxUserId,
  role,
  storeName: null,
});
const few = by(FEW.wxUserId);
const many = by(MANY);
const follower = by(FOLLOWER.wxUserId);
const operator = by(OPERATOR, "operator");

/** Order `n`'s place in the list, as a page before it would tell it. */
function cursorAt(n: number): string {
  const at = new Date(Date.UTC(2024, 0, 1) + n * 60_000).toISOString();
  return btoa(`${at} o${n}`).replaceAll("=", "");
}

function list(
  name: string,
  actor: Actor,
  input: (company: Company, turn: number) => FlowInput<"orders.list">,
): Query {
  return {
    name,
    ask: (company, turn) =>
      callFlow(
        company.services,
        { actor, requestId: "growth" },
        "orders.list",
        input(company, turn),
      ),
  };
}

function search(name: string, query: (n: number) => string): Query {
  return list(`search: ${name}`, operator, ({ size }, turn) => ({
    query: query(1 + turn * 7919 % size),
  }));
}

/** The middle of the list, a little further back each turn. */
const deep = ({ size }: Company, turn: number) => cursorAt(size / 2 - turn);

const LISTS: readonly Query[] = [
  list("own orders of who has few", few, () => ({})),
  list("own orders of who has many", many, () => ({})),
  list("all orders", operator, () => ({})),
  list("all orders, far down", operator, (company, turn) => ({
    cursor: deep(company, turn),
  })),
  list("orders with a group", operator, () => ({ state: "with_group" })),
  list("orders with a group, far down", operator, (company, turn) => ({
    state: "with_group",
    cursor: deep(company, turn),
  })),
  list("orders without a group", operator, () => ({ state: "without_group" })),
  list("orders without a group, far down", operator, (company, turn) => ({
    state: "without_group",
    cursor: deep(company, turn),
  })),
  list("own orders with a group", few, () => ({ state: "with_group" })),
  list("own orders of who has many, counted", many, () => ({
    state: "without_group",
    counts: true,
  })),
  list("all orders, counted", operator, () => ({ counts: true })),
];

const NAMES = ["王芳", "李娜", "丁伟", "芳敏", "韩秀"];
const STORES = ["上店", "下店", "前店", "左店"];

const SEARCHES: readonly Query[] = [
  search("a whole number", (n) => `HT${String(n).padStart(8, "0")}`),
  search("the end of a number", (n) => String(n).padStart(8, "0").slice(-6)),
  search("what all numbers have", () => "HT0"),
  search("two characters of a name", () => SAME),
  search("the last digits of a customer's number", endOf),
  search(
    "a customer's number that no order has",
    (n) => `138${String(10_000_000 + n)}`,
  ),
  search("a designer", (n) => `d${n % 2}`),
  search("part of a store's name", (n) => STORES[n % STORES.length] ?? ""),
  search("one character", (n) => (NAMES[n % NAMES.length] ?? "").slice(0, 1)),
  search("two characters that nobody has", () => "龘靐"),
  list("search: a name, with a group", operator, () => ({
    query: SAME,
    state: "with_group",
  })),
  list("search: one's own", few, () => ({ query: SAME })),
];

/** Order `k` of who has few; every tenth has a group. */
const ofFew = ({ size }: Company, k: number) =>
  `o${Math.floor(size / FEW.orders) * k}`;

function page(name: string, actor: Actor, k: number): Query {
  return {
    name,
    ask: (company) =>
      loadGroupPage(
        company.services,
        { actor, requestId: "growth" },
        ofFew(company, k),
        `${ORIGIN}/orders/${ofFew(company, k)}/group`,
      ),
  };
}

/** A match by a number that no contact has. */
function miss(name: string, actor: Actor, customerName: string): Query {
  return {
    name,
    async ask(company) {
      const order = await company.services.orders.get(ofFew(company, 1));
      const missed = { ...order, phoneHashes: ["none"], customerName };
      await company.services.contacts.peek(missed, actor.wxUserId);
    },
  };
}

const ORDERS: readonly Query[] = [
  page("the page of a matched order", few, 1),
  page("the page of an order with a group", few, 10),
  page("an operator's page of an order", operator, 1),
  {
    name: "order.get",
    ask: (company) =>
      callFlow(
        company.services,
        { actor: few, requestId: "growth" },
        "order.get",
        { orderId: ofFew(company, 10) },
      ),
  },
  {
    name: "group.get",
    ask: (company) =>
      callFlow(
        company.services,
        { actor: few, requestId: "growth" },
        "group.get",
        { orderId: ofFew(company, 10) },
      ),
  },
  {
    name: "beside a customer's chat",
    ask: (company) =>
      callFlow(
        company.services,
        { actor: few, requestId: "growth" },
        "sidebar.customer",
        { externalUserId: ofFew(company, 1).replace("o", "wm") },
      ),
  },
  {
    name: "beside a group",
    ask: (company) =>
      callFlow(
        company.services,
        { actor: few, requestId: "growth" },
        "sidebar.group",
        { chatId: `wr${ofFew(company, 10)}` },
      ),
  },
  miss("no match, and nobody of that name", follower, "龘靐"),
  miss("no match, but contacts of that name", follower, SAME),
];

const CONTACTS: readonly Query[] = [
  {
    name: "contacts of who has few",
    ask: ({ services }) => services.contacts.list(FEW.wxUserId, { limit: 100 }),
  },
  {
    name: "contacts of who has many, far down",
    ask: ({ services }) =>
      services.contacts.list(FOLLOWER.wxUserId, { limit: 100, cursor: "wm5" }),
  },
];

const queue = ({ services }: Company) =>
  createTaskQueue({ ...services, uuid: () => crypto.randomUUID() });

const BACKGROUND: readonly Query[] = [
  { name: "the next due task", ask: (company) => queue(company).nextDue() },
  {
    name: "nothing is due in the inbox",
    ask: (company) => queue(company).claim(10),
  },
  {
    name: "how much waits in the inbox",
    ask: ({ services }) => services.inbox.backlog(),
  },
  {
    name: "groups and creations around a person",
    async ask({ services: { sql } }) {
      const ownerKeys = [userKey(FEW.wxUserId)];
      const from = new Date(Date.UTC(2024, 0, 1));
      const until = new Date(Date.UTC(2024, 0, 2));
      await chatsAround(sql, { ownerKeys, from, until, firstReading: 0 });
      await waitingAround(sql, { ownerKeys, from, until });
    },
  },
  {
    name: "twenty orders pushed again",
    ask: ({ services }, turn) =>
      services.orders.upsert(
        Array.from({ length: 20 }, (_, n) => ({
          orderId: `pushed${n}`,
          orderNo: `HT9${turn}${n}`,
          customerName: "王推送",
          customerPhone: "",
          designerWxUserId: "d1",
          projectManagerWxUserId: "manager",
          storeName: "推送店",
        })),
      ),
  },
  {
    name: "who is signed in",
    ask: ({ services }) => services.staff.find(FEW.wxUserId),
  },
];

export const QUERIES: readonly Query[] = [
  ...LISTS,
  ...SEARCHES,
  ...ORDERS,
  ...CONTACTS,
  ...BACKGROUND,
];
