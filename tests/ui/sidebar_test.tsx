/**
 * The page beside a chat without a browser: its steps over a server and a client
 * that answer as the test says, and its words.
 */
import assert from "node:assert/strict";
import { App } from "fresh";
import type { VNode } from "preact";
import type {
  GroupBeside,
  OrderBadge,
  OrderBeside,
} from "../../lib/flows/schemas.ts";
import type { Problem } from "../../lib/ui/model.ts";
import { SidebarPage } from "../../lib/ui/pages/sidebar_page.tsx";
import { type Actions, createActions } from "../../lib/ui/sidebar/actions.ts";
import type { Api, Result } from "../../lib/ui/api.ts";
import type { ClientAnswer } from "../../lib/ui/refusal.ts";
import { type Bridge, problemOf } from "../../lib/ui/sidebar/bridge.ts";
import type { Place } from "../../lib/ui/sidebar/step.ts";
import { said, SidebarView } from "../../lib/ui/sidebar/view.tsx";
import { pageModel } from "./support.ts";

const CUSTOMER: Place = { kind: "customer", externalUserId: "wm1" };
const GROUP: Place = { kind: "group", chatId: "wr1" };
const LOST: Problem = { error: "NETWORK_LOST", msg: "没有连上服务器" };

const order = (
  orderId: string,
  kind: OrderBadge["kind"] = "can_create",
  over: Partial<OrderBeside> = {},
): OrderBeside => ({
  ...pageModel().order,
  orderId,
  matchState: "matched",
  badge: { kind, by: null },
  sure: true,
  ...over,
});

const group = (over: Partial<GroupBeside> = {}): GroupBeside => ({
  chatId: "wr1",
  groupName: "王家装修群",
  state: "free",
  owner: { wxUserId: "chenjing", name: "陈静" },
  mayLink: true,
  customers: [{ externalUserId: "wm1", name: "王先生", mine: true }],
  order: null,
  welcome: null,
  choices: [order("O1")],
  ...over,
});

const linked = () =>
  group({
    state: "linked",
    order: order("O1", "created"),
    welcome: "王先生您好",
    choices: [],
  });

interface Scene {
  act: Actions;
  /** What was asked of the server, by flow and input. */
  asked: [string, unknown][];
  /** By flow, what is answered next; the last answer stays. */
  answers: Record<string, Result<unknown>[]>;
  sent: string[];
  client: { place: ClientAnswer<Place>; send: ClientAnswer<unknown> };
  clipboard: { text: string | null; refuses: boolean };
}

function scene(
  place: ClientAnswer<Place>,
  answers: Scene["answers"],
  inClient = true,
): Scene {
  const asked: Scene["asked"] = [];
  const sent: string[] = [];
  const client: Scene["client"] = { place, send: { ok: true, data: {} } };
  const clipboard: Scene["clipboard"] = { text: null, refuses: false };
  const server = {
    run(flowId: string, input: unknown) {
      asked.push([flowId, input]);
      const [next, ...rest] = answers[flowId] ?? [];
      if (rest.length > 0) answers[flowId] = rest;
      return Promise.resolve(next ?? { ok: true, data: {} });
    },
    signature: () => Promise.resolve({ ok: false, problem: LOST }),
  } as unknown as Api;
  const bridge: Bridge = {
    place: () => Promise.resolve(client.place),
    send(text) {
      sent.push(text);
      return Promise.resolve(client.send);
    },
  };
  const act = createActions({
    server,
    bridge,
    inClient,
    client: "wxwork/4.1.30",
    copy(text) {
      if (clipboard.refuses) return Promise.reject(new Error("no"));
      clipboard.text = text;
      return Promise.resolve();
    },
  });
  return { act, asked, answers, sent, client, clipboard };
}

const at = (place: Place): ClientAnswer<Place> => ({ ok: true, data: place });
const ok = (data: unknown): Result<unknown> => ({ ok: true, data });
const lost: Result<unknown> = { ok: false, problem: LOST };

async function html(page: VNode): Promise<string> {
  const app = new App().use((ctx) => ctx.render(page));
  const response = await app.handler()(new Request("http://localhost/"));
  return await response.text();
}

const drawn = ({ act }: Scene) =>
  html(<SidebarView step={act.step.value} act={act} />);

Deno.test("The server draws that orders are looked for, and says where it works without a script", async () => {
  const text = await html(<SidebarPage model={{ signing: null }} />);
  assert.match(text, /正在查找订单/);
  assert.match(text, /<noscript>.*请在企业微信里打开/s);
});

Deno.test("Each order leads to its own page, and only those that are sure and open are put forward", async () => {
  const it = scene(at(CUSTOMER), {
    "sidebar.customer": [ok({
      name: "王先生",
      more: true,
      orders: [
        order("O1"),
        order("O2", "can_create", { sure: false }),
        order("O3", "created"),
        order("O4", "can_create", {
          badge: { kind: "can_create", by: { wxUserId: "w", name: "王强" } },
        }),
      ],
    })],
  });
  await it.act.start();
  const text = await drawn(it);
  const links = [...text.matchAll(
    /<a class="weui-btn weui-btn_(\w+)" href="([^"]+)" data-testid="sidebar-order">([^<]+)</g,
  )].map(([, ...rest]) => rest);
  assert.deepEqual(links, [
    ["primary", "/orders/O1/group", "建客户群"],
    ["default", "/orders/O2/group", "建客户群"],
    ["default", "/orders/O3/group", "打开客户群"],
    ["default", "/orders/O4/group", "打开订单"],
  ]);
  assert.equal(text.match(/可能是这位客户的订单/g)?.length, 1);
  assert.match(text, /还有更多，看我的订单/);
  assert.equal(said(it.act.step.value), "王先生有 4 个订单");
});

Deno.test("A customer without an order is told what to do", async () => {
  const it = scene(at(CUSTOMER), {
    "sidebar.customer": [ok({ name: "王先生", orders: [], more: false })],
  });
  await it.act.start();
  const text = await drawn(it);
  assert.match(text, /没有找到<bdi>王先生<\/bdi>的订单/);
  assert.match(text, /选一次这位客户，以后这里就会显示/);
  assert.match(text, /href="\/"/);
});

Deno.test("Outside a chat, outside the client and in an old one nothing is asked of the server", async () => {
  for (
    const [it, wanted] of [
      [scene(at({ kind: "elsewhere" }), {}), "elsewhere"],
      [scene(at(CUSTOMER), {}, false), "elsewhere"],
      [
        scene({
          ok: false,
          problem: { error: "CLIENT_TOO_OLD", msg: "版本太低" },
        }, {}),
        "old",
      ],
    ] as const
  ) {
    await it.act.start();
    assert.equal(it.act.step.value.at, wanted);
    assert.deepEqual(it.asked, []);
    assert.match(await drawn(it), /href="\/"/);
  }
});

Deno.test("What the client refuses is told in its own words to the server alone, and tried again from the start", async () => {
  const problem: Problem = {
    error: "CLIENT_NOT_READY",
    msg: "企业微信没有认可这个页面",
    details: "agentConfig:invalid signature e=40093",
  };
  const it = scene({ ok: false, problem }, {
    "sidebar.customer": [ok({ name: "王先生", orders: [], more: false })],
  });
  await it.act.start();
  const text = await drawn(it);
  assert.match(text, /error-CLIENT_NOT_READY.*没有认可/s);
  assert.doesNotMatch(text, /40093/);
  assert.deepEqual(it.asked, [["client.failed", {
    api: "getContext",
    errMsg: problem.details,
    client: "wxwork/4.1.30",
  }]]);
  it.client.place = at(CUSTOMER);
  await it.act.start();
  assert.equal(it.act.step.value.at, "customer");
});

Deno.test("A server that is not reached is asked again when there is a network, and the client only once", async () => {
  const it = scene(at(CUSTOMER), {
    "sidebar.customer": [
      lost,
      ok({ name: "王先生", orders: [order("O1")], more: false }),
    ],
  });
  await it.act.start();
  assert.equal(it.act.step.value.at, "failed");
  it.client.place = at({ kind: "elsewhere" });
  await it.act.online();
  assert.equal(it.act.step.value.at, "customer");
});

Deno.test("Seen again, the page shows what was done meanwhile, and keeps what it had when it cannot", async () => {
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group()), lost, ok(linked())],
  });
  await it.act.start();
  await it.act.visible();
  assert.equal(it.act.step.value.at, "free");
  await it.act.visible();
  assert.equal(it.act.step.value.at, "linked");
});

Deno.test("A group is linked after a question, and shows its order then", async () => {
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group()), ok(linked())],
    "group.link": [ok({ success: true })],
  });
  await it.act.start();
  it.act.choose(order("O1"));
  assert.match(await drawn(it), /把这个群关联到订单？.*王家装修群/s);
  it.act.cancel();
  assert.equal(it.act.step.value.at, "free");
  it.act.choose(order("O1"));
  await it.act.link();
  assert.deepEqual(it.asked.slice(1), [
    ["group.link", { orderId: "O1", chatId: "wr1" }],
    ["sidebar.group", { chatId: "wr1" }],
  ]);
  assert.match(await drawn(it), /群已经关联到这个订单/);
});

Deno.test("For an order that nobody in the group is known for, a person says who is its customer", async () => {
  const customers = [
    { externalUserId: "wm1", name: "王先生", mine: true },
    { externalUserId: "wm2", name: "王太太", mine: true },
    { externalUserId: "wm3", name: "邻居", mine: false },
  ];
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group({ customers, choices: [] })), ok(linked())],
    "orders.list": [ok({ orders: [order("O7")], nextCursor: null })],
  });
  await it.act.start();
  await it.act.search("刘");
  assert.deepEqual(it.asked.at(-1), ["orders.list", {
    query: "刘",
    state: "without_group",
  }]);
  it.act.choose(order("O7"));
  const text = await drawn(it);
  assert.match(text, /candidate-wm1.*candidate-wm2/s);
  assert.doesNotMatch(text, /邻居/);
  await it.act.link();
  assert.equal(it.asked.length, 2, "nobody was named yet");
  it.act.pick("wm2");
  await it.act.link();
  assert.deepEqual(it.asked.slice(2), [
    ["customer.link", {
      orderId: "O7",
      externalUserId: "wm2",
      writeNumber: false,
    }],
    ["group.link", { orderId: "O7", chatId: "wr1" }],
    ["sidebar.group", { chatId: "wr1" }],
  ]);
});

Deno.test("The only contact in the group is proposed, unless another order is theirs", async () => {
  for (
    const [choices, wanted] of [[[], "wm1"], [[order("O1")], null]] as const
  ) {
    const it = scene(at(GROUP), {
      "sidebar.group": [ok(group({ choices: [...choices] }))],
    });
    await it.act.start();
    it.act.choose(order("O7"));
    const step = it.act.step.value;
    assert.ok(step.at === "confirming");
    assert.equal(step.who?.chosen ?? null, wanted);
  }
});

Deno.test("In a group without one's own contacts nothing can be confirmed", async () => {
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group({ customers: [], choices: [] }))],
  });
  await it.act.start();
  it.act.choose(order("O7"));
  assert.match(await drawn(it), /请先添加客户，再来关联/);
  await it.act.link();
  assert.equal(it.asked.length, 1);
});

Deno.test("A link that is refused keeps the question, with the reason", async () => {
  const problem: Problem = {
    error: "CHAT_BOUND_TO_OTHER_ORDER",
    msg: "这个群已经属于另一个订单",
  };
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group())],
    "group.link": [{ ok: false, problem }],
  });
  await it.act.start();
  it.act.choose(order("O1"));
  await it.act.link();
  const text = await drawn(it);
  assert.match(text, /error-CHAT_BOUND_TO_OTHER_ORDER/);
  assert.match(text, /data-testid="link-existing"/);
  assert.equal(said(it.act.step.value), problem.msg);
});

Deno.test("Who does not own the group is told who can link it, and has nothing to press for it", async () => {
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group({ mayLink: false }))],
  });
  await it.act.start();
  const text = await drawn(it);
  assert.match(text, /群主是<bdi>陈静<\/bdi>，请 TA 在这个群里打开这里来关联/);
  assert.doesNotMatch(text, /choose-|data-testid="search"/);
  // The order itself can be opened.
  assert.match(text, /sidebar-order/);
});

Deno.test("The group of an order that is not to be opened says no more than that", async () => {
  const it = scene(at(GROUP), {
    "sidebar.group": [ok(group({ state: "taken", choices: [] }))],
  });
  await it.act.start();
  const text = await drawn(it);
  assert.match(text, /这是另一个订单的群/);
  assert.doesNotMatch(text, /sidebar-order|choose-/);
});

Deno.test("The welcome is sent as it is shown; a refusal and a cancel are answered, and it can be copied", async () => {
  const it = scene(at(GROUP), { "sidebar.group": [ok(linked())] });
  await it.act.start();
  await it.act.send();
  assert.deepEqual(it.sent, ["王先生您好"]);
  assert.match(await drawn(it), /再发一次.*欢迎语已发到群里/s);
  it.client.send = { ok: false, problem: null };
  await it.act.send();
  assert.match(await drawn(it), /没有发送/);
  const problem: Problem = {
    error: "NO_CUSTOMER_CONTACT_PERMISSION",
    msg: "您或应用没有客户联系权限",
    details: "sendChatMessage:fail no permission",
  };
  it.client.send = { ok: false, problem };
  await it.act.send();
  assert.match(await drawn(it), /可以复制欢迎语/);
  assert.equal(it.asked.at(-1)?.[0], "client.failed");
  await it.act.copyWelcome();
  assert.equal(it.clipboard.text, "王先生您好");
  assert.equal(said(it.act.step.value), "欢迎语已复制，到群里粘贴就能发");
  it.clipboard.refuses = true;
  await it.act.copyWelcome();
  assert.equal(said(it.act.step.value), "没能复制，请长按上面的文字");
});

Deno.test("Rejections of the client, in all their spellings, have a name", () => {
  const named: [unknown, string | null][] = [
    [{ errMsg: "getContext:function not exist" }, "CLIENT_TOO_OLD"],
    [{ errMsg: "getContext:functionnotexist" }, "CLIENT_TOO_OLD"],
    [{ errMsg: "agentConfig:invalid signature" }, "CLIENT_NOT_READY"],
    [
      { errMsg: "getContext:the permission value is offline verifying" },
      "CLIENT_NOT_READY",
    ],
    [
      { errMsg: "getCurExternalChat:fail no permission" },
      "NO_CUSTOMER_CONTACT_PERMISSION",
    ],
    [
      { errMsg: "getCurExternalContact:fail without context" },
      "CLIENT_REFUSED",
    ],
    [new Error("SDK Error: Aborted"), "CLIENT_NOT_READY"],
    [LOST, "NETWORK_LOST"],
    [{ errMsg: "sendChatMessage:cancel" }, null],
  ];
  for (const [reason, wanted] of named) {
    assert.equal(problemOf(reason)?.error ?? null, wanted, String(reason));
  }
});
