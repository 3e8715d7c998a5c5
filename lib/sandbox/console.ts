/**
 * The console's actions: verbs of people and switches that make things go wrong,
 * one form each. A post comes from our own pages only, does one thing and leads
 * back to the page, so that a reload repeats nothing.
 */
import { OUTCOMES, PRESETS } from "./console_options.ts";
import { consolePage } from "./console_page.ts";
import { QyError } from "./errors.ts";
import { notice, redirect } from "./html.ts";
import type { PageContext } from "./context.ts";
import {
  clientCookie,
  type ClientKind,
  CLIENTS,
  fromOurPages,
} from "./visitor.ts";
import type { ClientOutcome, World } from "./world.ts";

type Action = (world: World, field: (name: string) => string) => void;

/** "138 0001 0001，139…" as several numbers, spelling kept. */
const numbers = (text: string) =>
  text.split(/[,，;；\n]/).map((one) => one.trim()).filter(Boolean);

const ACTIONS: Readonly<Record<string, Action>> = {
  add(world, field) {
    const mobile = field("mobile");
    const name = field("name") || "新客户";
    const known = field("customer");
    const externalUserId = known ||
      world.customerAppears({ name, mobile: mobile || null });
    const input = {
      userId: field("userId"),
      externalUserId,
      ...(mobile ? { remarkMobiles: numbers(mobile) } : {}),
      ...(field("state") ? { state: field("state") } : {}),
    };
    if (field("by") === "staff") world.staffAddsContact(input);
    else world.customerAddsStaff(input);
  },
  confirm: (world, field) =>
    void world.staffConfirmsContact({
      userId: field("userId"),
      externalUserId: field("id"),
    }),
  remark(world, field) {
    world.staffEditsRemark({
      userId: field("userId"),
      externalUserId: field("id"),
      remarkMobiles: numbers(field("mobile")),
    });
  },
  unfollow: (world, field) =>
    world.staffDeletesContact({
      userId: field("userId"),
      externalUserId: field("id"),
    }),
  dropped: (world, field) =>
    world.customerDeletesStaff({
      userId: field("userId"),
      externalUserId: field("id"),
    }),
  chat(world, field) {
    world.staffCreatesChat({
      userId: field("userId"),
      groupName: field("name"),
      externalUserIds: [field("customer")].filter(Boolean),
    });
  },
  leave: (world, field) =>
    world.memberLeaves({ chatId: field("chatId"), id: field("id") }),
  remove: (world, field) =>
    world.memberRemoved({ chatId: field("chatId"), id: field("id") }),
  own: (world, field) =>
    world.ownerChanged({ chatId: field("chatId"), owner: field("id") }),
  rename(world, field) {
    if (field("name")) {
      world.chatRenamed({ chatId: field("chatId"), name: field("name") });
    }
  },
  dismiss: (world, field) => world.chatDismissed({ chatId: field("chatId") }),
  visible: (world, field) =>
    world.staffRights({
      userId: field("userId"),
      visible: field("value") === "1",
    }),
  contact: (world, field) =>
    world.staffRights({
      userId: field("userId"),
      canContact: field("value") === "1",
    }),
  departs: (world, field) => world.staffLeaves({ userId: field("userId") }),
  down(world, field) {
    world.down = field("value") === "1";
  },
  app(world, field) {
    world.settings.appCanContact = field("value") !== "1";
  },
  outcome(world, field) {
    const value = field("value");
    if (Object.hasOwn(OUTCOMES, value)) {
      world.settings.clientOutcome = value as ClientOutcome;
    }
  },
  timing(world, field) {
    const ms = (name: string) =>
      Math.min(Math.max(Number(field(name)) || 0, 0), 60_000);
    world.settings.latencyMs = ms("latency");
    world.settings.lagMs = ms("lag");
  },
  fault(world, field) {
    const preset = PRESETS[field("value")];
    if (!preset) return;
    const times = Number(field("times"));
    const endpoint = field("endpoint") || "*";
    world.faults.add({
      endpoint,
      kind: preset.kind,
      ...(times > 0 ? { times } : {}),
    });
  },
  expire: (world) => world.expireTokens(),
  tickets: (world) => world.tokens.expireTickets(),
  calm(world) {
    world.faults.clear();
    world.down = false;
    world.settings.clientOutcome = "normal";
    world.settings.appCanContact = true;
  },
  client() {}, // a matter of this browser: its cookie, see below
};

/** What the page says of it, by the name in its address. */
const RESET = { done: "reset", busy: "busy", refused: "kept" } as const;

const MAX_FIELD = 200;

export async function consoleRoute(
  context: PageContext,
  request: Request,
): Promise<Response> {
  const { world, identity } = context;
  const url = new URL(request.url);
  if (request.method !== "POST") return consolePage(context, request);
  if (!fromOurPages(request, identity)) {
    await request.body?.cancel();
    return notice("没有执行", ["请求不是从沙箱页面发出的。"], [], 403);
  }
  const form = await request.formData();
  const field = (name: string) =>
    String(form.get(name) ?? "").trim().slice(0, MAX_FIELD);
  const action = field("action");
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  const back = new URL("/sandbox/console", url.origin);
  if (field("staff")) back.searchParams.set("staff", field("staff"));
  const cookies: string[] = [];
  if (action === "client" && Object.hasOwn(CLIENTS, field("value"))) {
    cookies.push(clientCookie(identity, field("value") as ClientKind));
  }
  if (action === "reset") {
    back.searchParams.set("said", RESET[await context.reset()]);
    return redirect(`${back.pathname}${back.search}`);
  }
  try {
    run?.(world, field);
    back.searchParams.set("said", run ? "done" : "unknown");
  } catch (error) {
    if (!(error instanceof QyError)) throw error;
    back.searchParams.set("said", String(error.errcode));
  }
  return redirect(`${back.pathname}${back.search}#${field("at")}`, cookies);
}
