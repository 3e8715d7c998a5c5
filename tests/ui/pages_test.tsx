import assert from "node:assert/strict";
import { App } from "fresh";
import { tellGone } from "../../lib/groups/standing_words.ts";
import type { VNode } from "preact";
import { GroupPage } from "../../lib/ui/pages/group_page.tsx";
import { OrdersPage } from "../../lib/ui/pages/orders_page.tsx";
import { OutsidePage } from "../../lib/ui/pages/outside_page.tsx";
import { ProblemPage } from "../../lib/ui/pages/problem_page.tsx";
import type { GroupPageModel } from "../../lib/ui/model.ts";
import type { OrderBadge } from "../../lib/flows/schemas.ts";
import type { OrdersPageModel } from "../../lib/orders/page.ts";
import {
  candidate,
  match,
  missed,
  NOBODY,
  pageModel,
  PREPARED,
  UNDER_WAY,
  UNFINISHED,
} from "./support.ts";

/** The server's HTML of a page. */
async function html(page: VNode): Promise<string> {
  const app = new App().use((ctx) => ctx.render(page));
  const response = await app.handler()(new Request("http://localhost/"));
  const text = await response.text();
  // The content policy forbids them, and they would have no effect.
  assert.doesNotMatch(text, / style=| onclick=/);
  return text;
}

const group = (over: Partial<GroupPageModel> = {}) =>
  html(<GroupPage model={pageModel(over)} sandbox={false} />);

const known = (view = match()) => ({
  match: { kind: "known" as const, match: view, stale: false },
});

const badge = (kind: OrderBadge["kind"], name?: string): OrderBadge => ({
  kind,
  by: name === undefined ? null : { wxUserId: "wangqiang", name },
});
const ORDER = {
  ...pageModel().order,
  matchState: "matched" as const,
  badge: badge("can_create"),
};

const orders = (over: Partial<OrdersPageModel> = {}) =>
  html(
    <OrdersPage
      viewer={{ wxUserId: "chenjing", name: "陈静" }}
      role="designer"
      orders={[ORDER]}
      nextCursor={null}
      query=""
      state="all"
      address={{ state: null, search: null }}
      refused={null}
      {...over}
    />,
  );

Deno.test("the page arrives with order, match and staff in it", async () => {
  const text = await group();
  for (
    const part of [
      'data-testid="order-card"',
      'data-testid="customer-name">王建国',
      "138****0001",
      "XH2611001",
      "王先生 滨江花园",
      "进群：陈静、王强和客户",
      'data-testid="create-group"',
    ]
  ) assert.ok(text.includes(part), part);
});

Deno.test("before the scripts are there a customer can be chosen, and nothing pressed", async () => {
  const several = match({
    status: "ambiguous",
    candidates: [candidate(), candidate({ externalUserId: "wmOther" })],
  });
  const undecided = {
    chatId: "wr1",
    groupName: "王建国-服务群",
    createdAt: "2026-11-22T03:00:00.000Z",
    memberNames: ["陈静"],
  };
  const models: Partial<GroupPageModel>[] = [match(), several, NOBODY]
    .map(known);
  models.push({ ...known(match()), candidates: [undecided] });
  for (const model of models) {
    const text = await group(model);
    assert.match(text, /<button/);
    for (const [tag] of text.matchAll(/<button[^>]*>/g)) {
      assert.match(tag, / disabled/);
    }
    for (const [tag] of text.matchAll(/<input[^>]*>/g)) {
      assert.match(tag, / value="wm/);
      assert.doesNotMatch(tag, / disabled/);
    }
  }
});

Deno.test("several candidates are a list to choose from, none chosen", async () => {
  const several = match({
    status: "ambiguous",
    candidates: [candidate(), candidate({ externalUserId: "wmOther" })],
  });
  const text = await group(known(several));
  assert.ok(text.includes('data-testid="candidate-wmWang"'));
  assert.ok(text.includes('data-testid="candidate-wmOther"'));
  assert.doesNotMatch(text, / checked/);
  assert.match(text, /2 位联系人/);
});

Deno.test("a miss shows every way on, and who of the order has the customer", async () => {
  const text = await group(known(missed({
    // WeCom's spelling; the order has the ERP's.
    followers: [{ wxUserId: "WangQiang", name: "王强" }],
    suggestions: [candidate({ externalUserId: "wmYu", phone: "" })],
  })));
  for (
    const part of [
      'data-testid="remind-colleague"',
      'data-testid="contact-code"',
      'data-testid="refresh-contacts"',
      'data-testid="pick-contact"',
      'data-testid="add-customer"',
      'data-testid="suggestion-wmYu"',
      "备注里没有手机号",
    ]
  ) assert.ok(text.includes(part), part);
  assert.match(
    text.replaceAll(/<!--.*?-->/g, ""),
    /客户在王强的企业微信里/,
  );
});

Deno.test("an order without a number does not pretend to have one", async () => {
  const order = { ...pageModel().order, customerPhone: "" };
  const nobody = missed({}, { phoneHashes: [] });
  const text = await group({ ...known(nobody), order });
  assert.ok(text.includes("订单里没有完整的手机号"));
  assert.ok(!text.includes("备注手机号是"));
});

Deno.test("one contact who may be the customer has to be confirmed", async () => {
  const text = await group(known(match({ status: "ambiguous" })));
  assert.ok(text.includes("可能是这位客户，请您确认"));
  assert.ok(!text.includes("已匹配"));
});

Deno.test("a miss on an old copy is not called a miss yet", async () => {
  const text = await group({
    match: { kind: "known", match: NOBODY, stale: true },
  });
  assert.ok(text.includes('data-testid="progress"'));
  assert.doesNotMatch(text, /没有找到/);
});

Deno.test("a reading under way shows what is known of it", async () => {
  const unknown = await group({
    match: { kind: "syncing", seen: 1200, expected: null, note: "读到这里" },
  });
  assert.match(unknown, /读到这里/);
  assert.doesNotMatch(unknown, /<progress[^>]* max/);
  const whole = await group({
    match: { kind: "syncing", seen: 1200, expected: 5000, note: "" },
  });
  assert.match(whole, /<progress[^>]* max="5000"/);
});

Deno.test("a problem with the contacts is on the page by its name", async () => {
  const text = await group({
    match: {
      kind: "failed",
      problem: { error: "WECOM_UNAVAILABLE", msg: "企业微信暂时没有响应" },
    },
  });
  assert.ok(text.includes('data-testid="error-WECOM_UNAVAILABLE"'));
  assert.ok(text.includes('data-testid="retry"'));
});

Deno.test("an active group, and a creation under way, are shown as what they are", async () => {
  const active = await group({
    match: null,
    group: {
      chatId: "wr1",
      groupName: "王建国-服务群",
      status: "active",
      owner: null,
      members: [],
      customerJoined: true,
      createdAt: "2026-11-01T00:00:00.000Z",
      syncedAt: null,
    },
  });
  assert.ok(active.includes('data-testid="result-success"'));
  assert.ok(active.includes('data-testid="open-chat"'));
  const intent = {
    intentId: "i1",
    groupName: "王建国-服务群",
    status: "pending" as const,
    chatId: null,
    mine: false,
    byName: "王强",
    customerExternalUserId: "wmWang",
    told: UNDER_WAY,
    expiresAt: PREPARED.expiresAt,
  };
  assert.match(await group({ intent }), /王强正在建这个群/);
  assert.match(
    await group({ intent: { ...intent, mine: true, told: UNFINISHED } }),
    /上次建群没有走完/,
  );
  assert.match(
    await group({ intent: { ...intent, status: "searching" } }),
    /正在和企业微信核对/,
  );
});

Deno.test("names from outside are text and nothing else", async () => {
  const evil = '<img src=x onerror=alert(1)>"&';
  const model = pageModel(known(match({
    candidates: [candidate({ name: evil, remark: evil })],
  })));
  model.order.customerName = evil;
  const text = await html(<GroupPage model={model} sandbox={false} />);
  assert.ok(!text.includes("<img src=x"));
});

Deno.test("the list of orders links to each and tells match and group", async () => {
  const text = await orders({
    orders: [
      ORDER,
      { ...ORDER, orderId: "a/b", badge: badge("can_create", "王强") },
      { ...ORDER, orderId: "o3", badge: badge("created") },
    ],
    nextCursor: "n&1",
    query: "王",
    state: "without_group",
    address: { state: "without_group", search: ["query", "王"] },
  });
  assert.ok(text.includes('href="/orders/order-1/group"'));
  assert.ok(text.includes('href="/orders/a%2Fb/group"'));
  assert.match(text, />可建群<.*<bdi>王强<\/bdi><span>可建群<.*>已建群</s);
  assert.match(
    text,
    /<form class="search" role="search" action="\/" method="post">/,
  );
  assert.match(text, /<label [^>]*for="search">/);
  assert.match(text, /href="\/\?state=without_group" aria-label="清除搜索"/);
  assert.match(text, /先显示 3 个/);
  assert.ok(
    text.includes(
      'href="/?state=without_group&amp;query=%E7%8E%8B&amp;cursor=n%261"',
    ),
  );
  assert.match(text, /<form action="\/auth\/logout" method="post">/);
  // It only adds rows: where there are no more, nothing is loaded.
  assert.match(text, /<script[^>]* src="\/orders\.js/);
  assert.doesNotMatch(await orders(), /<script/);
});

Deno.test("an empty list says whether there is nothing or nothing found", async () => {
  assert.match(await orders({ orders: [] }), /还没有订单/);
  assert.match(await orders({ orders: [], query: "zzz" }), /没有找到订单/);
  const count = (count: number, more = false) => ({ count, more });
  const tabs = await orders({
    orders: [],
    state: "without_group",
    counts: {
      all: count(500, true),
      withGroup: count(7),
      withoutGroup: count(0, true),
    },
  });
  assert.match(tabs, /没有待建群的订单.*href="\/\?state=all">看全部订单/s);
  const [, ...labels] = tabs.match(/<nav.*<\/nav>/)?.[0].split("<a ") ?? [];
  assert.deepEqual(labels.map((one) => one.replace(/<[^>]+>|^[^>]*>/g, "")), [
    "待建群0+",
    "已建群7",
    "全部99+",
  ]);
  assert.ok(labels[0]?.startsWith('href="/" aria-current="page"'));
  const admin = await orders({ orders: [], role: "admin" });
  assert.match(admin, /订单系统推送/);
  assert.ok(admin.includes('href="/admin"'));
});

Deno.test("a problem is a page with kind words and a next step", async () => {
  const text = await html(
    <ProblemPage
      title="没有权限查看"
      msg="这个页面只给公司员工使用"
      error="FORBIDDEN"
      requestId="r-1"
      actions={[{ label: "换个账号登录", href: "/auth/login" }]}
    />,
  );
  assert.ok(text.includes('data-testid="error-FORBIDDEN"'));
  assert.ok(text.includes('href="/auth/login"'));
  assert.ok(text.includes("r-1"));
});

Deno.test("a contact or a group without a name has a word", async () => {
  const nameless = match({
    status: "ambiguous",
    candidates: [
      candidate({ externalUserId: "wm1", name: "", remark: " " }),
      candidate({ externalUserId: "wm2", name: "", remark: "王女士" }),
      candidate({ externalUserId: "wm3", name: "阳光", remark: "" }),
    ],
  });
  const text = await group(known(nameless));
  assert.match(text, /<bdi>未命名客户<\/bdi>/);
  assert.match(text, /<bdi>王女士<\/bdi>/);
  assert.match(text, /<bdi>阳光<\/bdi>/);
  assert.doesNotMatch(text, /微信名/);
  const blank = {
    chatId: "wr1",
    groupName: " ",
    status: "active" as const,
    owner: null,
    members: [],
    customerJoined: true,
    createdAt: "2026-11-01T00:00:00.000Z",
    syncedAt: null,
  };
  const status = "dismissed" as const;
  const dissolved = await group({
    ...known(),
    group: { ...blank, status, gone: tellGone(" ") },
  });
  assert.match(dissolved, /「未命名的群」已解散/);
  const done = await group({ match: null, group: blank });
  assert.match(done, /「未命名的群」/);
});

Deno.test("the page for plain WeChat has the address to take along, as text", async () => {
  const link = "https://group.example.com/orders/1/group?a=1&b=<i>";
  const text = await html(<OutsidePage link={link} />);
  assert.match(text, /请在企业微信里打开/);
  assert.ok(text.includes(link.replace("&", "&amp;").replace("<i>", "&lt;i>")));
});
