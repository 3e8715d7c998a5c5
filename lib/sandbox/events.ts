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

/** The message to encrypt. */
export function eventXml(event: WorldEvent, corpId: string): string {
  let xml = `<xml><ToUserName>${cdata(corpId)}</ToUserName>` +
    `<FromUserName>${
      cdata("sys")
    }</FromUserName><CreateTime>${event.createTime}</CreateTime>` +
    `<MsgType>${cdata("event")}</MsgType>`;
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
