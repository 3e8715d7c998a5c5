/**
 * What the app may say by itself: a card to members (message/send, 90236) and
 * the welcome message to a customer just added (92137: code once, 20 s). Both
 * are recorded, so that a test or the console can show what arrived.
 */
import type { Endpoint } from "./context.ts";
import { needContactRight } from "./api_contacts.ts";
import { QyError } from "./errors.ts";
import { userKey } from "../staff/user_id.ts";
import { list, object, requiredText, text } from "./params.ts";
import { CODE } from "../wecom/codes/mod.ts";

const KEPT = 1000;
const encoder = new TextEncoder();

export const messageEndpoints: Readonly<Record<string, Endpoint>> = {
  "message/send": {
    method: "POST",
    empty: { invaliduser: "", invalidparty: "", invalidtag: "" },
    run({ world, identity, body, now }) {
      if (String(body["agentid"] ?? "") !== identity.agentId) {
        throw new QyError(CODE.FOREIGN_AGENT);
      }
      const msgtype = requiredText(body, "msgtype");
      const content = object(body, msgtype);
      if (Object.keys(content).length === 0) {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      const named = text(body, "touser").split("|").filter((id) => id !== "");
      if (named.length === 0 || named.length > 1000) {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      const good = named.filter((id) => {
        const staff = world.state.staff.get(id);
        return staff && staff.visible && !staff.departed;
      });
      if (good.length === 0) throw new QyError(CODE.RECEIVERS_INVALID);
      world.messages = [
        ...world.messages.slice(1 - KEPT),
        { at: now, to: good, msgtype, content },
      ];
      return {
        // In lower case, whatever the company's spelling is.
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
      if (encoder.encode(words).length > 4000 || attachments.length > 9) {
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
