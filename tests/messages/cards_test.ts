/** A card says what fits, opens a page of ours only, and tells what became of it. */
import assert from "node:assert/strict";
import { type Card, createCards } from "../../lib/messages/cards.ts";
import { createWecomClient, WecomError } from "../../lib/wecom/mod.ts";
import { Secret } from "../../lib/config/mod.ts";
import { createMemoryCache } from "../../lib/store/cache_memory.ts";

interface Sent {
  touser: string;
  textcard: Record<"title" | "description" | "url" | "btntxt", string>;
}

/** Cards in front of a WeCom that answers so. */
function cardsTo(answer: Record<string, unknown>) {
  const sent: Sent[] = [];
  const app = { corpId: "ww", agentId: "7", secret: new Secret("secret") };
  const wecom = createWecomClient({
    ...app,
    apiBase: "https://qyapi.test",
    fetch: (input, init) => {
      if (!String(input).includes("/message/send")) {
        return Promise.resolve(
          Response.json({ access_token: "t", expires_in: 7200 }),
        );
      }
      sent.push(JSON.parse(String(init?.body)));
      return Promise.resolve(Response.json(answer));
    },
    now: Date.now,
    random: () => 0.5,
    sleep: () => Promise.resolve(),
    log: () => {},
    cache: createMemoryCache({ now: Date.now }),
  });
  const publicOrigin = "https://app.example.com";
  // Only its id is read.
  const config = { publicOrigin, wecom: app } as Parameters<
    typeof createCards
  >[0]["config"];
  const cards = createCards({ wecom, config });
  const send = (over: Partial<Card> = {}) =>
    cards.send({
      to: "ZhangSan",
      title: "t",
      lines: ["l"],
      path: "/",
      ...over,
    });
  return { sent, send };
}

Deno.test("What is longer than WeCom takes is cut, never through a character or a tag", async () => {
  const { sent, send } = cardsTo({ errcode: 0 });
  await send({
    title: "😀".repeat(100),
    lines: ["一".repeat(300), "二".repeat(300), "三"],
    path: "/orders/%E8%AE%A2/group",
    button: "现在就去建群",
  });
  const { title = "", description = "", url, btntxt } = sent[0]?.textcard ?? {};
  assert.ok(title.length <= 128 && title.isWellFormed() && title.endsWith("…"));
  assert.ok(description.length <= 512, String(description.length));
  assert.match(description, /^(<div class="normal">[^<>]+<\/div>){2}$/);
  assert.equal(url, "https://app.example.com/orders/%E8%AE%A2/group");
  assert.equal(btntxt, "现在就…");
});

Deno.test("Nothing of a customer's name becomes a tag or a number", async () => {
  const { sent, send } = cardsTo({ errcode: 0 });
  await send({
    title: "王 138 1234 8000 女士",
    lines: ['<a href="https://evil">王</a>\n13812348000', "SO-20261120-7"],
  });
  const { title, description } = sent[0]?.textcard ?? {};
  assert.equal(title, "王 **** 女士");
  assert.doesNotMatch(description ?? "", /<a|1381234/);
  assert.match(description ?? "", /SO-20261120-7/);
});

Deno.test("A card leads nowhere but to us", async () => {
  const { sent, send } = cardsTo({ errcode: 0 });
  for (
    const path of [
      "//evil.example/",
      "https://evil.example/",
      "/\\evil.example",
    ]
  ) {
    await assert.rejects(send({ path }), /address of a card/);
  }
  await assert.rejects(send({ path: `/${"x".repeat(2_048)}` }), /address/);
  assert.deepEqual(sent, []);
});

Deno.test("Who got no card is told apart, however WeCom spells the userid", async () => {
  const answers: [Record<string, unknown>, string][] = [
    [{ errcode: 0, invaliduser: "" }, "sent"],
    [{ errcode: 0, invaliduser: "lisi|zhangsan" }, "out_of_scope"],
    [{ errcode: 0, unlicenseduser: "zhangsan" }, "unlicensed"],
    [{ errcode: 0, invaliduser: "lisi" }, "sent"],
    [
      { errcode: 81013, errmsg: "user & party & tag all invalid" },
      "out_of_scope",
    ],
  ];
  for (const [answer, delivery] of answers) {
    const { send } = cardsTo(answer);
    assert.equal(await send(), delivery, JSON.stringify(answer));
  }
  const { send } = cardsTo({ errcode: 60020, errmsg: "not allow" });
  await assert.rejects(send(), WecomError);
});
