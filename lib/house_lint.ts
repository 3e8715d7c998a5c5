/**
 * Lint rules of the house (deno.json, `lint.plugins`): what holds its rooms apart
 * is refused where it is written, so that nobody has to remember it.
 */

/** The composition root, and what stands right beside it. */
const ROOT = /\/(main\.ts|lib\/(services|app)\.ts|lib\/tasks\/[^/]+)$/;
const REQUESTS = /\/lib\/http\/(state\.ts|middlewares\.tsx)$/;
/** Tests drive the whole, and set the variables of what they start. */
const TESTS = /\/tests\//;
/** The stand-in for Fresh is a package of its own. */
const CONFIG = /\/lib\/(config|fresh)\//;

/** Who may ask for a group, `groupchat/get`. */
const READERS = ["chats/read_chat.ts", "wecom/"];

/**
 * Whose each table is: only this room writes it, and only the others that are
 * named read it. A room is a folder of lib, or a file of it. `and`: it writes the
 * table, too, in one statement with its own.
 */
const TABLES: Record<
  string,
  { room: string; and?: readonly string[]; readers?: readonly string[] }
> = {
  app_life: { room: "inbox" },
  audit_chain: { room: "audit" },
  audit_checkpoint: { room: "audit" },
  audit_head: { room: "audit" },
  audit_log: { room: "audit", readers: ["doctor"] },
  cache_entry: { room: "store" },
  chat: {
    room: "chats",
    readers: ["groups", "orders", "reconcile", "owner", "codes"],
  },
  chat_confirmed: { room: "chats", readers: ["reconcile"] },
  chat_member: { room: "chats", readers: ["groups", "orders"] },
  company_setting: { room: "settings" },
  contact: { room: "contacts", readers: ["chats", "groups"] },
  contact_follow: { room: "contacts", readers: ["reconcile", "owner"] },
  contact_phone: { room: "contacts" },
  contact_sync: { room: "contacts", readers: ["reconcile"] },
  customer_decision: { room: "contacts", readers: ["groups", "orders"] },
  customer_order: {
    room: "orders",
    readers: ["owner", "http/checks.ts", "sandbox_mode.ts", "codes", "doctor"],
  },
  data_key_canary: { room: "owner" },
  database_owner: { room: "owner" },
  ended_session: { room: "auth" },
  erp_event: { room: "erp" },
  erased_contact: { room: "contacts" },
  erased_order: { room: "orders" },
  group_candidate: { room: "groups" },
  group_intent: { room: "groups", readers: ["orders"] },
  inbox_event: { room: "inbox", readers: ["reconcile", "doctor"] },
  inbox_task: { room: "inbox" },
  member_scope: { room: "staff", readers: ["groups"] },
  order_code: { room: "codes", readers: ["orders"] },
  order_code_scan: { room: "codes" },
  order_customer: { room: "contacts" },
  order_event: { room: "orders", and: ["groups/moves.ts"] },
  order_reminder: { room: "orders" },
  reconcile_page: { room: "reconcile" },
  reconcile_run: { room: "reconcile", readers: ["doctor"] },
  reconcile_seen: { room: "reconcile" },
  reconcile_slice: { room: "reconcile" },
  schema_migration: { room: "store" },
  staff: { room: "staff", readers: ["reconcile", "owner", "doctor"] },
  user_spelling: { room: "staff", readers: ["groups"] },
  welcome_code: { room: "inbox", readers: ["doctor"] },
  written_number: { room: "contacts" },
};
export const OWNED_TABLES: readonly string[] = Object.keys(TABLES);

const WRITES = /\b(?:insert into|update|delete from)\s+(\w+)/g;
const READS = /\b(?:from|join|using)\s+(\w+)/g;
/** It makes an intent, or gives it another state. */
const MOVES =
  /\binsert into group_intent\b|\bupdate group_intent\b(?:(?!\bwhere\b)[^])*?\bset\b(?:(?!\bwhere\b)[^])*?\bstate\s*=/;

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "services-at-root": {
      create: (context) => ({
        ImportDeclaration(node) {
          const path = pathOf(context.filename);
          const whole = /(^|\/)services\.ts$/.test(node.source.value);
          if (!whole || [ROOT, REQUESTS, TESTS].some((it) => it.test(path))) {
            return;
          }
          context.report({
            node,
            message: "Only the root knows all parts of the service",
            hint: "Take the parts that are needed, by their own types",
          });
        },
      }),
    },
    "env-in-config": {
      create: (context) => ({
        'MemberExpression[object.name="Deno"][property.name="env"]'(node) {
          const path = pathOf(context.filename);
          if ([CONFIG, TESTS].some((it) => it.test(path))) return;
          context.report({
            node: node as Deno.lint.MemberExpression,
            message: "Only lib/config reads the environment",
            hint: "Take the value from the configuration",
          });
        },
      }),
    },
    "one-reader-of-groups": {
      create: (context) => ({
        ImportSpecifier(node) {
          const place = placeOf(context.filename);
          const { imported } = node;
          if (imported.type !== "Identifier") return;
          if (imported.name !== "getGroupChat" || place === null) return;
          if (READERS.some((it) => place.startsWith(it))) return;
          context.report({
            node,
            message: "Only lib/chats/read_chat.ts asks for a group",
            hint: "Call readChat, and write down what it answers",
          });
        },
      }),
    },
    "sql-in-its-room": {
      create: (context) => ({
        TaggedTemplateExpression(node) {
          const place = placeOf(context.filename);
          if (place === null) return;
          for (const { table, writes } of tablesIn(textOf(node))) {
            if (isAllowed(table, writes, place)) continue;
            context.report({
              node,
              message: `${writes ? "Writes" : "Reads"} ${table} outside lib/${
                TABLES[table]?.room
              }`,
              hint:
                "Call a function of that room, or name the reader in TABLES",
            });
          }
        },
      }),
    },
    "moves-in-one-table": {
      create: (context) => ({
        TaggedTemplateExpression(node) {
          const place = placeOf(context.filename);
          if (place === null || place === "groups/moves.ts") return;
          if (!MOVES.test(textOf(node))) return;
          context.report({
            node,
            message: "Only lib/groups/moves.ts changes the state of an intent",
            hint: "Call move or openIntent",
          });
        },
      }),
    },
  },
};
export default plugin;

/** The file below lib; null for tests, and for what is no room of ours. */
function placeOf(filename: string): string | null {
  const path = pathOf(filename);
  if (TESTS.test(path)) return null;
  const [, place] = path.match(/\/lib\/(?!fresh\/)(.+)$/) ?? [];
  return place ?? path;
}

/** The statement without what is put in, and without its comments. */
function textOf({ quasi }: Deno.lint.TaggedTemplateExpression): string {
  return quasi.quasis.map((part) => part.cooked).join(" ? ")
    .replace(/--.*/g, "");
}

function tablesIn(text: string): { table: string; writes: boolean }[] {
  const named = (pattern: RegExp) =>
    [...text.matchAll(pattern)].flatMap(([, table = ""]) =>
      Object.hasOwn(TABLES, table) ? table : []
    );
  const written = named(WRITES);
  const read = named(READS).filter((table) => !written.includes(table));
  return [
    ...written.map((table) => ({ table, writes: true })),
    ...read.map((table) => ({ table, writes: false })),
  ];
}

function isAllowed(table: string, writes: boolean, place: string): boolean {
  const { room = "", and = [], readers = [] } = TABLES[table] ?? {};
  return [room, ...and, ...(writes ? [] : readers)].some((one) =>
    place === one || place.startsWith(`${one}/`)
  );
}

const pathOf = (filename: string) => filename.replaceAll("\\", "/");
