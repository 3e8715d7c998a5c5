/**
 * Is this chat the one that was prepared? Pure: compares what groupchat/get
 * answered with the intent. The owner is whoever started the chat, so it must
 * be one of the people of the intent; everybody named must be in it. The case of
 * userids does not count, that of customers' ids does.
 */
import type { ChatAnswer } from "../chats/read_chat.ts";
import { isSameUser, userKey } from "../staff/user_id.ts";

export interface Expected {
  createdBy: string;
  userIds: readonly string[];
  externalUserIds: readonly string[];
}

/** Why a chat is refused; `unknown` is WeCom's own "no such chat". */
export type Refusal =
  | { reason: "foreign_owner" }
  | { reason: "missing_members"; missing: string[] }
  | { reason: "unknown" };

/** The part of a chat that is checked. */
export interface Seen {
  ownerWxUserId: string;
  members: readonly { userId: string; type: "member" | "external" }[];
}

export function checkChat(chat: Seen, expected: Expected): Refusal | null {
  // This answer does not name the owner; a later one may.
  if (chat.ownerWxUserId === "") return { reason: "unknown" };
  const ours = [expected.createdBy, ...expected.userIds];
  if (!ours.some((id) => isSameUser(id, chat.ownerWxUserId))) {
    return { reason: "foreign_owner" };
  }
  const present = new Set(chat.members.map((member) => member.userId));
  const staff = new Set(
    chat.members.filter((member) => member.type === "member")
      .map((member) => userKey(member.userId)),
  );
  const missing = [
    // Where WeCom does not say that an id is a member of staff, the exact id
    // counts.
    ...expected.userIds.filter((id) =>
      !staff.has(userKey(id)) && !present.has(id)
    ),
    ...expected.externalUserIds.filter((id) => !present.has(id)),
  ];
  return missing.length > 0 ? { reason: "missing_members", missing } : null;
}

const REFUSALS: Record<Refusal["reason"], string> = {
  foreign_owner: "这个群的群主不是本订单的人员，没有记录",
  missing_members:
    "这个群里缺少本订单的人员，没有记录。先把人拉进群，再点「重新开始」",
  unknown: "企业微信里还查不到这个群，请稍后重试",
};

/**
 * `kind`: what WeCom answered. `shown`: the person saw the group a moment ago,
 * so if WeCom does not have it now, it is gone.
 */
export function wordsOf(
  { reason }: Refusal,
  kind: ChatAnswer["kind"],
  shown = false,
): string {
  const done = shown ? "没有关联" : "没有记录";
  if (kind === "internal") return `这个群不是客户群，${done}`;
  return kind === "dissolved" || shown && reason === "unknown"
    ? `企业微信里没有这个客户群，可能已经解散，${done}`
    : REFUSALS[reason];
}
