/**
 * Callbacks as real senders and those between write them, sealed and sent to the
 * callback address of the real app: what is stored is read as it was meant.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { findChat, presentMembers } from "../../lib/chats/mirror.ts";
import { recentEvents } from "../../lib/inbox/task_queue.ts";
import type { WorldSeed } from "../../lib/sandbox/mod.ts";
import { sealer } from "../../lib/sandbox/callbacks.ts";
import type { CallbackEvent } from "../../lib/wecom/callback/event.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import cases from "./callback_cases.json" with { type: "json" };

const TOKEN = "sandboxCallbackToken";
const env = {
  WECOM_CALLBACK_TOKEN: TOKEN,
  WECOM_CALLBACK_AES_KEY: "c2FuZGJveC1jYWxsYmFjay1rZXktb2Ytbm9ib2R5MTI",
};
const ADDRESS = `${ORIGIN}/api/wecom/callback`;
/** 2026-11-22 12:00 in China */
const NOW = Date.UTC(2026, 10, 22, 4);

const seal = ({ sandbox }: TestApp, message: string) =>
  sealer({ sandbox, url: ADDRESS, now: () => NOW, random: Math.random })(
    message,
  );

async function post(
  app: TestApp,
  { url, init }: { url: string; init: RequestInit },
): Promise<number> {
  const response = await app.handler(new Request(url, init));
  await response.body?.cancel();
  return response.status;
}

const chat = (inside: string, head = "") =>
  `${head}<xml><ToUserName><![CDATA[wwCASE]]></ToUserName>` +
  `<FromUserName><![CDATA[sys]]></FromUserName>` +
  `<MsgType><![CDATA[event]]></MsgType>` +
  `<Event><![CDATA[change_external_chat]]></Event>` +
  `<ChatId><![CDATA[wr1]]></ChatId>` +
  `<ChangeType><![CDATA[update]]></ChangeType>${inside}</xml>`;

const TIME = `<CreateTime>${NOW / 1_000 - 5}</CreateTime>`;
const JOINED = `${TIME}<UpdateDetail>add_member</UpdateDetail>`;

type Read = Record<string, unknown>;

const MESSAGES: [name: string, xml: string, read: Read][] = [
  ["a time in seconds", chat(TIME), { at: NOW - 5_000 }],
  [
    "a time of 13 digits",
    chat(`<CreateTime>${NOW - 4_321}</CreateTime>`),
    { at: NOW - 5_000 },
  ],
  [
    "a time that is quoted",
    chat(`<CreateTime><![CDATA[${NOW / 1_000}]]></CreateTime>`),
    { at: NOW },
  ],
  ["no time", chat(""), { at: NOW }],
  ["an empty time", chat("<CreateTime></CreateTime>"), { at: NOW }],
  ["a time of years ago", chat("<CreateTime>1700000000</CreateTime>"), {
    at: NOW,
  }],
  ["a time that is none", chat("<CreateTime>now</CreateTime>"), { at: NOW }],
  [
    "members as items",
    chat(
      `${JOINED}<MemChangeList><Item>a</Item><Item><![CDATA[b]]></Item></MemChangeList>`,
    ),
    { memberIds: ["a", "b"], membership: "joined" },
  ],
  [
    "a single member",
    chat(`${JOINED}<MemChangeList><Item>a</Item></MemChangeList>`),
    { memberIds: ["a"] },
  ],
  [
    "members as one text",
    chat(`${JOINED}<MemChangeList><![CDATA[a,b]]></MemChangeList>`),
    { memberIds: ["a", "b"] },
  ],
  [
    "members as one text with blanks",
    chat(`${JOINED}<MemChangeList> a, b </MemChangeList>`),
    { memberIds: ["a", "b"] },
  ],
  [
    "an empty list of members",
    chat(`${JOINED}<MemChangeList></MemChangeList>`),
    { memberIds: [] },
  ],
  [
    "a number that is quoted",
    chat(`${JOINED}<MemChangeCnt><![CDATA[2]]></MemChangeCnt>`),
    { memberCount: 2 },
  ],
  [
    "a number that is none",
    chat(`${JOINED}<MemChangeCnt>many</MemChangeCnt>`),
    { memberCount: null },
  ],
  ...[["0", "invited"], ["1", "invited"], ["3", "group_qr"], [
    "9",
    "unknown",
  ]].map(([scene, joinScene]): [string, string, Read] => [
    `a JoinScene of ${scene}`,
    chat(`${JOINED}<JoinScene>${scene}</JoinScene>`),
    { joinScene },
  ]),
  [
    "people who left, told with a new owner",
    chat(
      `${TIME}<UpdateDetail>change_owner</UpdateDetail><QuitScene>1</QuitScene><MemChangeCnt>1</MemChangeCnt>`,
    ),
    { membership: "left", quitScene: "removed", detail: "change_owner" },
  ],
  [
    "other versions, and who changed is not told",
    chat(
      `${TIME}<UpdateDetail>change_notice</UpdateDetail><LastMemVer>A</LastMemVer><CurMemVer>B</CurMemVer>`,
    ),
    { membership: "changed" },
  ],
  [
    "a comment",
    chat(`${TIME}<!-- <x> & "y" --><UpdateDetail>change_name</UpdateDetail>`),
    {
      detail: "change_name",
    },
  ],
  [
    "a comment inside a value",
    chat(`${TIME}<UpdateDetail>change_<!-- x -->name</UpdateDetail>`),
    { detail: "change_name" },
  ],
  [
    "attributes",
    chat(
      `${TIME}<UpdateDetail type="text" note='a > b'>change_name</UpdateDetail>`,
    ).replace("<xml>", '<xml version="1.0">'),
    { detail: "change_name" },
  ],
  [
    "a prolog and an instruction",
    chat(
      `<?php echo ?>${TIME}`,
      '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n',
    ),
    { at: NOW - 5_000 },
  ],
  [
    "another AgentID and a receiver in capitals",
    chat(`${TIME}<AgentID>7</AgentID>`).replace("wwCASE", "WWCASE"),
    { chatId: "wr1" },
  ],
  [
    "line breaks between and in the elements",
    chat(`\n  ${TIME}\n  <UpdateDetail>\n change_name \n</UpdateDetail>\n`),
    { detail: "change_name" },
  ],
];

/** One app for all rows; each finds the inbox empty. */
function each<R extends readonly [name: string, ...rest: unknown[]]>(
  name: string,
  rows: readonly R[],
  check: (app: TestApp, row: R) => Promise<void>,
): void {
  Deno.test(name, async (test) => {
    await withApp({ env, now: () => NOW }, async (app) => {
      for (const row of rows) {
        await test.step(row[0], async () => {
          await check(app, row);
          await app.services.sql`delete from inbox_event`;
        });
      }
    });
  });
}

each("a message is read as it was meant, with", MESSAGES, async (app, row) => {
  const [, xml, read] = row;
  assert.equal(await post(app, seal(app, xml)), 200);
  const [event] = await recentEvents(app.services.sql, "chat/wr1", 0);
  assert.ok(event);
  for (const [field, value] of Object.entries(read)) {
    assert.deepEqual(event[field as keyof CallbackEvent], value, field);
  }
});

const wrapped = (text: string) => text.replace(/.{40}/g, "$&\n");

/** The body, and what is signed of it, by what somebody did to the cipher text. */
const ENVELOPES: [name: string, write: (cipher: string) => string][] = [
  ["as it is", (cipher) => `<Encrypt><![CDATA[${cipher}]]></Encrypt>`],
  ["bare", (cipher) => `<Encrypt>${cipher}</Encrypt>`],
  ["between blanks", (cipher) => `<Encrypt> \n${cipher}\n </Encrypt>`],
  [
    "between blanks that are quoted",
    (cipher) => `<Encrypt>\n<![CDATA[\n ${cipher} \n]]>\n</Encrypt>`,
  ],
  ["in lines", (cipher) => `<Encrypt><![CDATA[${wrapped(cipher)}]]></Encrypt>`],
  [
    "in a receiver's name of its own",
    (cipher) => `<ToUserName>OTHER</ToUserName><Encrypt>${cipher}</Encrypt>`,
  ],
];

const CIPHER = /<Encrypt><!\[CDATA\[(.*)\]\]><\/Encrypt>/;

each("cipher text is opened that stands", ENVELOPES, async (app, row) => {
  const [, write] = row;
  const { url, init } = seal(app, chat(TIME));
  const cipher = CIPHER.exec(String(init.body))?.[1] ?? "";
  const body = `<xml>${write(cipher)}</xml>`;
  assert.equal(await post(app, { url, init: { ...init, body } }), 200);
  const rows = await app.services.sql`select 1 from inbox_event`;
  assert.equal(rows.length, 1);
});

Deno.test("a welcome code is sealed and in no field, however its name is spelled", () =>
  withApp({ env }, async (app) => {
    const { sql } = app.services;
    const names = ["WelcomeCode", "welcomecode", "welcome_code", "WELCOMECODE"];
    for (const name of names) {
      const message = `<xml><FromUserName>sys</FromUserName>${TIME}` +
        "<MsgType>event</MsgType><Event>change_external_contact</Event>" +
        "<ChangeType>add_external_contact</ChangeType><UserID>d1</UserID>" +
        `<ExternalUserID>wm${name}</ExternalUserID><${name}>A-SECRET</${name}></xml>`;
      assert.equal(await post(app, await seal(app, message)), 200);
    }
    const stored = await sql`select fields::text from inbox_event`;
    assert.equal(stored.length, names.length);
    assert.doesNotMatch(JSON.stringify(stored) + app.logText(), /A-SECRET/);
    const sealed = await sql`select code_sealed from welcome_code`;
    assert.equal(sealed.length, names.length);
    assert.doesNotMatch(JSON.stringify(sealed), /A-SECRET/);
  }));

Deno.test("cipher text that was signed in lines is opened, and one with other letters in it is not", async () => {
  await withApp({ env, now: () => NOW }, async (app) => {
    const { url, init } = seal(app, chat(TIME));
    const lines = wrapped(CIPHER.exec(String(init.body))?.[1] ?? "");
    const send = (cipher: string) => {
      const query = new URL(url).searchParams;
      const parts = [
        TOKEN,
        query.get("timestamp") ?? "",
        query.get("nonce") ?? "",
        cipher,
      ];
      const signature = createHash("sha1").update(parts.sort().join(""))
        .digest("hex");
      query.set("msg_signature", signature);
      const body = `<xml><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>`;
      return post(app, { url: `${ADDRESS}?${query}`, init: { ...init, body } });
    };
    assert.equal(await send(lines), 200);
    assert.equal(await send(`${lines}!`), 403);
  });
});

Deno.test("an echostr whose plus signs nobody encoded is answered all the same", async () => {
  await withApp({ env, now: () => NOW }, async (app) => {
    let pluses = 0;
    for (let turn = 0; turn < 20; turn++) {
      const { url, init } = seal(app, `echo${turn}`);
      const query = new URL(url).searchParams;
      const cipher = CIPHER.exec(String(init.body))?.[1] ?? "";
      pluses += cipher.split("+").length - 1;
      const address = `${ADDRESS}?${query}&echostr=${
        cipher.replaceAll("/", "%2F").replaceAll("=", "%3D")
      }`;
      const response = await app.handler(new Request(address));
      assert.equal(response.status, 200, cipher);
      assert.equal(await response.text(), `echo${turn}`);
    }
    assert.ok(pluses > 5);
  });
});

const OTHERS: [name: string, xml: string, status: number][] = [
  [
    "a change of tags",
    "<xml><Event>change_external_tag</Event><Id>1</Id><TagType>tag</TagType></xml>",
    200,
  ],
  ["an event of next year", "<xml><Event>change_moon</Event></xml>", 200],
  [
    "a message",
    "<xml><MsgType>text</MsgType><Content>在吗</Content></xml>",
    200,
  ],
  ["an unsubscribe of nobody", "<xml><Event>unsubscribe</Event></xml>", 400],
  ["a DTD", `<!DOCTYPE x [<!ENTITY a "b">]>${chat(TIME)}`, 400],
  [
    "a DTD behind a comment",
    `<!-- x --><!DOCTYPE x [<!ENTITY a "b">]>${chat(TIME)}`,
    400,
  ],
  ["a comment without an end", chat(`${TIME}<!-- x`), 400],
];

each(
  "answered at once, and nothing of it is kept:",
  OTHERS,
  async (app, row) => {
    const [, xml, status] = row;
    assert.equal(await post(app, seal(app, xml)), status);
    const rows = await app.services.sql`select 1 from inbox_event`;
    assert.equal(rows.length, 0);
  },
);

const company: WorldSeed = {
  kind: "built",
  build(builder) {
    for (const userId of ["d1", "p1", "p2"]) {
      builder.staff({ userId, name: userId });
    }
    const externalUserId = builder.customer({ name: "王女士" });
    builder.follows({ userId: "d1", externalUserId });
    builder.chat({
      owner: "d1",
      name: "旧名字",
      userIds: [],
      externalUserIds: [externalUserId],
    });
  },
};

/** The run that each push starts has no task in its hands. */
async function idle({ services: { sql } }: TestApp): Promise<void> {
  for (;;) {
    const rows = await sql`select 1 from inbox_task where lease is not null`;
    if (rows.length === 0) return;
    await new Promise((done) => setTimeout(done, 5));
  }
}

const [EQUAL = "", MERGED = ""] = cases.map((one) => one.xml);

for (const { what, xml } of cases) {
  Deno.test(`${what}: settled within seconds with all that it told, and so is the next event`, async () => {
    let now = NOW;
    await withApp({ env, seed: company, now: () => now }, async (app) => {
      const { sandbox: { world }, services } = app;
      world.settings.lagMs = 1_000;
      const [chatId = ""] = world.state.chats.keys();
      const version = () => world.state.chats.get(chatId)?.memberVersion ?? "";
      const told = (text: string, last: string) =>
        text.replace("wrCASE0001", chatId)
          .replaceAll("9c3f97c2ada667dfb5f6d03308d963e1", last)
          .replace("71217227bbd112ecfe3a49c482195cb4", version());
      const settled = async () => {
        for (let second = 0; second < 15; second++) {
          now += 1_000;
          await services.inbox.workOff();
          await idle(app);
        }
        const rows = await services.sql`
          select 1 from inbox_event where settled_at is null`;
        return rows.length === 0;
      };
      const before = version();
      const merged = xml === MERGED;
      if (merged) {
        const userIds = ["p1", "p2"];
        world.chatChangedTogether({
          chatId,
          userId: "d1",
          name: "新名字",
          userIds,
        });
      } else world.chatRenamed({ chatId, name: "新名字" });
      assert.equal(await post(app, seal(app, told(xml, before))), 200);
      assert.ok(await settled());
      assert.equal((await findChat(services.sql, chatId))?.name, "新名字");
      const there = await presentMembers(services.sql, chatId);
      assert.equal(there.length, merged ? 4 : 2);

      world.chatRenamed({ chatId, name: "更新的名字" });
      assert.equal(await post(app, seal(app, told(EQUAL, version()))), 200);
      assert.ok(await settled());
      assert.equal((await findChat(services.sql, chatId))?.name, "更新的名字");
    });
  });
}
