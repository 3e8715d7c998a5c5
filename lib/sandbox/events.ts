/**
 * The plain XML of an event as it stands inside WeCom's encrypted envelope
 * (documents 92130, 92277, 96361). The last three fields of a member change are
 * newer and may be absent in reality; a reader must not need them.
 */
import type { WorldEvent } from "./types.ts";

const NAMES: Readonly<Record<string, string>> = {
  event: "Event",
  changeType: "ChangeType",
  userId: "UserID",
  externalUserId: "ExternalUserID",
  state: "State",
  welcomeCode: "WelcomeCode",
  source: "Source",
  failReason: "FailReason",
  chatId: "ChatId",
  updateDetail: "UpdateDetail",
  joinScene: "JoinScene",
  quitScene: "QuitScene",
  memChangeCnt: "MemChangeCnt",
  lastMemVer: "LastMemVer",
  curMemVer: "CurMemVer",
};

const cdata = (value: string) =>
  `<![CDATA[${value.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;

/** The message to encrypt. What happens to members comes from themselves (90240). */
export function eventXml(
  event: WorldEvent,
  corpId: string,
  agentId = "1000002",
): string {
  const isScope = event.event === "subscribe" || event.event === "unsubscribe";
  let xml = `<xml><ToUserName>${cdata(corpId)}</ToUserName>` +
    `<FromUserName>${
      cdata(isScope ? event.userId : "sys")
    }</FromUserName><CreateTime>${event.createTime}</CreateTime>` +
    `<MsgType>${cdata("event")}</MsgType>`;
  if (isScope) {
    return `${xml}<Event>${cdata(event.event)}</Event>` +
      `<AgentID>${agentId}</AgentID></xml>`;
  }
  for (const [field, value] of Object.entries(event)) {
    const name = NAMES[field];
    if (field === "memChangeList" && Array.isArray(value)) {
      const items = value.map((item) => `<Item>${cdata(item)}</Item>`).join("");
      xml += `<MemChangeList>${items}</MemChangeList>`;
    } else if (name && typeof value === "number") {
      xml += `<${name}>${value}</${name}>`;
    } else if (name && typeof value === "string") {
      xml += `<${name}>${cdata(value)}</${name}>`;
    }
  }
  return `${xml}</xml>`;
}
