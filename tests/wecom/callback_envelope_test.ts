import assert from "node:assert/strict";
import {
  checkEnvelope,
  pushEnvelope,
  readFields,
} from "../../lib/wecom/callback/envelope.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import {
  type Fields,
  MalformedCallback,
} from "../../lib/wecom/callback/xml.ts";
import { dedupeKey } from "../../lib/inbox/dedupe.ts";

const NOW = 1795147201_000;
const eventOf = (fields: Fields) => readEvent(fields, NOW);
const keyOf = (fields: Fields) => dedupeKey(fields, NOW);

const query = (text = "") =>
  new URLSearchParams(`msg_signature=s&timestamp=1&nonce=n${text}`);

const update = (more: Record<string, string | string[]> = {}) => ({
  ToUserName: "ww1",
  FromUserName: "sys",
  CreateTime: "1795147200",
  MsgType: "event",
  Event: "change_external_chat",
  ChatId: "wr1",
  ChangeType: "update",
  UpdateDetail: "add_member",
  JoinScene: "0",
  MemChangeCnt: "2",
  MemChangeList: ["wmB", "wmA"],
  LastMemVer: "v1",
  CurMemVer: "v2",
  ...more,
});

Deno.test("both forms of the envelope are read, CDATA or not, and a proxy's parameters are passed over", () => {
  for (
    const body of [
      "<xml><ToUserName><![CDATA[ww1]]></ToUserName><Encrypt><![CDATA[ab+/==]]></Encrypt><AgentID>2</AgentID></xml>",
      "\n<xml>\n <Encrypt>ab+/==</Encrypt>\n</xml>",
      '{"tousername":"ww1","encrypt":"ab+/==","agentid":2}',
    ]
  ) {
    assert.deepEqual(pushEnvelope(query("&from=proxy"), body), {
      signature: "s",
      timestamp: "1",
      nonce: "n",
      encrypt: "ab+/==",
    });
  }
  assert.equal(checkEnvelope(query("&echostr=a%2Bb%3D")).encrypt, "a+b=");
});

Deno.test("what is no envelope is refused, quickly and without an exception of another kind", () => {
  const hostile = [
    "",
    "hello",
    "{",
    "[]",
    "null",
    '{"encrypt":{"a":1}}',
    "<xml></xml>",
    "<xml><Encrypt/></xml>",
    "<xml><Encrypt><a>x</a></Encrypt></xml>",
    "<a>".repeat(80_000),
    "<".repeat(250_000),
    "<xml>" + "<![CDATA[".repeat(28_000),
    "<xml " + "a='1' ".repeat(40_000) + "></xml>",
    "<xml>" + "<a/>".repeat(50_000) + "</xml>",
    "<xml><__proto__><x>1</x></__proto__></xml>",
    "<xml>1</xml><xml>2</xml>",
  ];
  const begun = performance.now();
  for (const body of hostile) {
    assert.throws(
      () => pushEnvelope(query(), body),
      MalformedCallback,
      body.slice(0, 40),
    );
  }
  assert.ok(performance.now() - begun < 5_000);
  assert.throws(() => checkEnvelope(query()), MalformedCallback);
  assert.throws(
    () => checkEnvelope(new URLSearchParams("echostr=x")),
    MalformedCallback,
  );
});

Deno.test("a DTD is refused in any spelling; the same letters in somebody's words are not", () => {
  for (
    const dtd of [
      "<!DOCTYPE xml SYSTEM 'file:///etc/passwd'>",
      "<!doctype xml [<!ENTITY a 'b'>]>",
      "<! DOCTYPE xml>",
      "<!ENTITY a 'b'>",
    ]
  ) {
    const body = `<?xml version="1.0"?>${dtd}<xml><Encrypt>ab</Encrypt></xml>`;
    assert.throws(() => pushEnvelope(query(), body), /DTD/);
  }
  const said = readFields(
    "<xml><Content><![CDATA[<!DOCTYPE html> &amp;]]></Content></xml>",
  );
  assert.equal(said.Content, "<!DOCTYPE html> &amp;");
});

Deno.test("a DTD is found where somebody hid it from who only looks at the letters", () => {
  const dtd = '<!DOCTYPE x [<!ENTITY a "ab">]>';
  const end = "<xml><Encrypt>&a;</Encrypt></xml>";
  for (
    const body of [
      `<!-- <![CDATA[ -->${dtd}<!-- ]]> -->${end}`,
      `<?x <![CDATA[ ?>${dtd}<?x ]]> ?>${end}`,
      `<xml><a b="<![CDATA["></a>${dtd}<c d="]]>"></c><Encrypt>&a;</Encrypt></xml>`,
      `<xml><a b="><!-- "></a>${dtd}<!-- --><Encrypt>&a;</Encrypt></xml>`,
      `<xml><a>]]></a>${dtd}<Encrypt>&a;</Encrypt></xml>`,
    ]
  ) {
    assert.throws(() => pushEnvelope(query(), body), MalformedCallback, body);
  }
});

Deno.test("however a body is made up, refusing it does not hold up the others", () => {
  for (const part of ["<![CDATA[", "<a", "<a ", "<!", "<?", "</", "<!--"]) {
    const body = "<xml>" + part.repeat(260_000 / part.length);
    const begun = performance.now();
    assert.throws(() => pushEnvelope(query(), body), MalformedCallback);
    const took = performance.now() - begun;
    assert.ok(took < 150, `${part} took ${took} ms`);
  }
});

Deno.test("an event reads the same from XML and JSON, with long numbers and lists intact", () => {
  const list = "<Item><![CDATA[wmA]]></Item>";
  const xml = readFields(
    "<xml><Event><![CDATA[change_external_chat]]></Event><ChangeType>update</ChangeType>" +
      "<CreateTime>1795147200</CreateTime><ChatId>0019</ChatId><CurMemVer>9007199254740993</CurMemVer>" +
      `<QuitScene>1</QuitScene><MemChangeList>${list}</MemChangeList></xml>`,
  );
  const event = eventOf(xml);
  assert.deepEqual(event, {
    kind: "chat",
    change: "update",
    at: 1795147200_000,
    chatId: "0019",
    detail: null,
    membership: "left",
    memberIds: ["wmA"],
    memberCount: null,
    joinScene: "unknown",
    quitScene: "removed",
    lastMemberVersion: null,
    memberVersion: "9007199254740993",
  });
  for (const members of ['["wmA"]', '{"Item":["wmA"]}', '{"Item":"wmA"}']) {
    const json = readFields(
      '{"Event":"change_external_chat","ChangeType":"update","CreateTime":1795147200,' +
        `"ChatId":"0019","CurMemVer":"9007199254740993","QuitScene":1,"MemChangeList":${members}}`,
    );
    assert.deepEqual(eventOf(json), event);
    assert.equal(keyOf(json), keyOf(xml));
  }
});

Deno.test("messages and other events are none of ours; one of ours without its ids is malformed", () => {
  assert.equal(eventOf({ MsgType: "text", Content: "在吗" }), null);
  assert.equal(eventOf({ Event: "enter_agent" }), null);
  assert.throws(
    () => eventOf(update({ ChatId: "" })),
    { message: "Event lacks ChatId" },
  );
  assert.throws(
    () => eventOf({ Event: "change_external_contact", CreateTime: "1" }),
    /ChangeType, UserID, ExternalUserID/,
  );
});

Deno.test("the same event has the same key however it was delivered, any other has another", () => {
  const key = keyOf(update());
  const reordered = Object.fromEntries(Object.entries(update()).reverse());
  assert.equal(keyOf(reordered), key);
  assert.equal(keyOf(update({ MemChangeList: ["wmA", "wmB"] })), key);
  assert.equal(keyOf(update({ WelcomeCode: "x", AgentID: "2" })), key);
  const others = [
    { UpdateDetail: "del_member" },
    { ChangeType: "dismiss" },
    { ChatId: "wr2" },
    { CreateTime: "1795147201" },
    { JoinScene: "3" },
    { QuitScene: "1" },
    { MemChangeList: ["wmA"] },
    { MemChangeList: ["wmA", "wmC"] },
    { CurMemVer: "v3" },
    { State: "order-1" },
    { SomethingNew: "1" },
  ];
  const keys = new Set([key, ...others.map((more) => keyOf(update(more)))]);
  assert.equal(keys.size, others.length + 1);
});
