/**
 * What the app may say by itself: a card to members (message/send, 90236) and
 * the welcome message to a customer just added (92137: code once, 20 s). Both
 * are recorded, so that a test, the console and the member's phone can show what
 * arrived. What WeCom drops without a word is dropped so here: beyond 30 messages
 * a minute to one member, and the same request again where that is to be checked.
 */
import type { ApiContext, Endpoint } from "./context.ts";
import { needContactRight } from "./api_contacts.ts";
import { QyError } from "./errors.ts";
import { userKey } from "../staff/user_id.ts";
import {
  type Body,
  integer,
  list,
  object,
  requiredText,
  text,
} from "./params.ts";
import { CODE } from "../wecom/codes/mod.ts";

const KEPT = 1000;
const A_MINUTE = 30;
const MINUTE_MS = 60_000;
const LONGEST_CHECK_S = 4 * 60 * 60;
const encoder = new TextEncoder();
const bytes = (words: string) => encoder.encode(words).length;

export const messageEndpoints: Readonly<Record<string, Endpoint>> = {
  "message/send": {
    method: "POST",
    empty: { invaliduser: "", invalidparty: "", invalidtag: "" },
    run({ world, identity, body, now }) {
      if (String(body["agentid"] ?? "") !== identity.agentId) {
        throw new QyError(CODE.FOREIGN_AGENT);
      }
      const msgtype = requiredText(body, "msgtype");
      const content = contentOf(msgtype, object(body, msgtype));
      const named = text(body, "touser").split("|").filter((id) => id !== "");
      if (named.length === 0) throw new QyError(CODE.RECEIVERS_MISSING);
      if (named.length > 1000) throw new QyError(CODE.PARAMETER_INVALID);
      const good = named.filter((id) => {
        const staff = world.state.staff.get(id);
        return staff && staff.visible && !staff.departed;
      });
      if (good.length === 0) throw new QyError(CODE.RECEIVERS_INVALID);
      const request = JSON.stringify(body);
      const to = wasSent(world, body, request, now)
        ? []
        : good.filter((id) => hasRoom(world, id, now));
      if (to.length > 0) {
        world.messages = [
          ...world.messages.slice(1 - KEPT),
          { at: now, to, msgtype, content, request },
        ];
      }
      return {
        // In lower case, whatever the company's spelling is.
        unlicenseduser: "",
        invaliduser: named.filter((id) => !good.includes(id)).map(userKey)
          .join("|"),
        msgid: `sandbox-${now}-${world.messages.length}`,
      };
    },
  },
  "externalcontact/send_welcome_msg": {
    method: "POST",
    run({ world, body, now }) {
      needContactRight(world);
      const welcomeCode = requiredText(body, "welcome_code");
      const said = object(body, "text");
      const attachments = list(body, "attachments");
      const words = text(said, "content");
      if (bytes(words) > 4000 || attachments.length > 9) {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      if (words === "" && attachments.length === 0) {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      world.run("apiWelcome", { welcomeCode });
      const code = world.state.welcomeCodes.get(welcomeCode);
      world.messages = [
        ...world.messages.slice(1 - KEPT),
        {
          at: now,
          to: code ? [code.externalUserId] : [],
          msgtype: "welcome",
          content: { text: words, attachments },
        },
      ];
      return {};
    },
  },
};

/** Refuses what WeCom does, and cuts what it cuts. */
function contentOf(msgtype: string, content: Body): Body {
  if (Object.keys(content).length === 0) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  if (msgtype !== "textcard") return content;
  const url = requiredText(content, "url");
  if (!/^https?:\/\//.test(url)) throw new QyError(CODE.URL_WITHOUT_SCHEME);
  if (bytes(url) > 2_048) throw new QyError(CODE.PARAMETER_INVALID);
  const cut = (words: string, most: number) =>
    [...words].slice(0, most).join("");
  return {
    title: cut(requiredText(content, "title"), 128),
    description: cut(requiredText(content, "description"), 512),
    url,
    btntxt: cut(text(content, "btntxt"), 4) || "详情",
  };
}

type World = ApiContext["world"];

/** The whole request is compared, within the time that it names. */
function wasSent(
  world: World,
  body: Body,
  request: string,
  now: number,
): boolean {
  if (integer(body, "enable_duplicate_check", 0) !== 1) return false;
  const seconds = integer(body, "duplicate_check_interval", 1_800);
  const since = now - Math.min(seconds, LONGEST_CHECK_S) * 1_000;
  return world.messages.some((one) =>
    one.request === request && one.at > since
  );
}

function hasRoom(world: World, userId: string, now: number): boolean {
  const lately = world.messages.filter((one) =>
    one.at > now - MINUTE_MS && one.to.includes(userId)
  );
  return lately.length < A_MINUTE;
}
