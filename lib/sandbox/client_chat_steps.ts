/**
 * What the client tells a page that stands beside a chat (聊天工具栏): which chat it
 * is, and a message into it. The address says beside which one a person opened it
 * (`?in=customer:<id>` or `?in=group:<id>`), as the console's links do; a page with
 * none was opened elsewhere. Texts as documented (100746, 100747, 100749).
 */
import { type Caller, chatScreen, isRefusal, ownChat } from "./client_steps.ts";
import { NO_PERMISSION, type Step } from "./client_steps.ts";
import { followOf } from "./contact_core.ts";
import { object, text } from "./params.ts";
import { type Refusal, refuse } from "./client_verify.ts";
import { talkKey } from "./verbs_talk.ts";

const ELSEWHERE = "fail without context of external contact";

/** Both need the app's identity, and people and app the right to customers. */
function refusedRights({ context, staff, as }: Caller): Refusal | null {
  const able = staff.canContact && context.world.settings.appCanContact;
  return as === "agent" && able ? null : refuse(NO_PERMISSION);
}

function placeOf({ body }: Caller): [kind: string, id: string] {
  const [kind = "", id = ""] = text(body, "in").split(/:(.*)/s);
  return [kind, id];
}

const getCurExternalContact: Step = (caller) => {
  const refused = refusedRights(caller);
  if (refused) return refused;
  const { context: { world }, staff } = caller;
  const [kind, id] = placeOf(caller);
  return kind === "customer" && followOf(world.state, staff.userId, id)
    ? { ok: true, userId: id }
    : refuse(ELSEWHERE);
};

const getCurExternalChat: Step = (caller) => {
  const refused = refusedRights(caller);
  if (refused) return refused;
  const [kind, chatId] = placeOf(caller);
  if (kind !== "group") return refuse(ELSEWHERE);
  const chat = ownChat({ ...caller, body: { chatId } }, true);
  return isRefusal(chat) ? refuse(ELSEWHERE) : { ok: true, chatId };
};

/** Only text; a phone is led into the chat when the page asks for it. */
const sendChatMessage: Step = (caller) => {
  const refused = refusedRights(caller);
  if (refused) return refused;
  const { context: { world }, staff, body, client } = caller;
  if (text(body, "msgtype") !== "text") {
    return refuse("fail_unsupported_msgtype");
  }
  const said = text(object(body, "text"), "content");
  if (!said) return refuse("fail invalid content"); // ours
  const [kind, id] = placeOf(caller);
  const from = staff.userId;
  const enters = body["enterChat"] === true && client === "phone";
  const screen = enters ? { screen: "chat" } : {};
  if (kind === "group") {
    const chat = ownChat({ ...caller, body: { chatId: id } }, true);
    if (isRefusal(chat)) return refuse(ELSEWHERE);
    world.run("messageSent", { chatId: id, from, text: said });
    return { ok: true, ...screen, ...chatScreen(caller, chat) };
  }
  if (kind !== "customer" || !followOf(world.state, from, id)) {
    return refuse(ELSEWHERE);
  }
  world.run("customerTold", { userId: from, externalUserId: id, text: said });
  const messages = world.state.talks.get(talkKey(from, id)) ?? [];
  return {
    ok: true,
    ...screen,
    groupName: followOf(world.state, from, id)?.remark,
    messages: messages.slice(-20).map((one) => ({
      from: staff.name,
      text: one.text,
    })),
  };
};

export const chatSteps: Readonly<Record<string, Step>> = {
  getCurExternalContact,
  getCurExternalChat,
  sendChatMessage,
};
