/**
 * What the app says to members (90236). WeCom sends to whom it can and names the
 * others, in lower case, in an answer that is a success; only when it can send to
 * nobody is it an error (81013). Beyond 30 messages a minute and 1,000 an hour to
 * one member the rest is dropped without a word.
 */
import { z } from "zod";
import { text } from "../answer.ts";
import { endpoint } from "../endpoint.ts";

export interface TextCard {
  /** At most 128 characters. */
  readonly title: string;
  /** At most 512 characters; `<div class="gray">` and the like. */
  readonly description: string;
  /** With its scheme, at most 2,048 bytes. */
  readonly url: string;
  /** At most 4 characters. */
  readonly button: string;
}

export interface Sent {
  /** Unknown, left, or out of the app's scope. Compare by `isSameUser`. */
  readonly invalidWxUserIds: readonly string[];
  readonly unlicensedWxUserIds: readonly string[];
  /** To recall it with, within 24 h. */
  readonly messageId: string;
}

/** Userids never hold a bar. */
const joined = text.transform((list) => list.split("|").filter(Boolean));

/** `to` 1–1,000. The same request again within `againSeconds` sends nothing. */
export const sendTextCard = endpoint<
  {
    agentId: string;
    to: readonly string[];
    card: TextCard;
    againSeconds: number;
  },
  Sent
>({
  name: "message/send",
  method: "POST",
  body: ({ agentId, to, card, againSeconds }) => ({
    touser: to.join("|"),
    msgtype: "textcard",
    agentid: Number(agentId),
    textcard: {
      title: card.title,
      description: card.description,
      url: card.url,
      btntxt: card.button,
    },
    enable_duplicate_check: 1,
    duplicate_check_interval: againSeconds,
  }),
  answer: z.object({
    invaliduser: joined,
    unlicenseduser: joined,
    msgid: text,
  }).transform((a): Sent => ({
    invalidWxUserIds: a.invaliduser,
    unlicensedWxUserIds: a.unlicenseduser,
    messageId: a.msgid,
  })),
  parallel: 4,
});
