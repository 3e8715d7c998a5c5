/**
 * The vocabulary of the simulated WeCom company: who is in it, what they can do
 * to each other, and the events WeCom would tell us about. Names follow the
 * field's terms; the wire's snake_case lives only in the api_*.ts files.
 * Times are ms since epoch here, seconds on the wire.
 */

/** `other` is a member of the company who is no staff of ours (not pushed by the ERP). */
export type StaffRole =
  | "designer"
  | "project_manager"
  | "operator"
  | "admin"
  | "other";

export interface Staff {
  userId: string;
  name: string;
  role: StaffRole;
  storeName: string;
  /** In the app's 可见范围; false gives 60011. */
  visible: boolean;
  /** In the 客户联系「使用范围」; false gives 84074. */
  canContact: boolean;
  departed: boolean;
  departedAt: number | null;
  /** One line for the entry page: what can be tried as this person. */
  scenario: string;
}

export interface Customer {
  externalUserId: string;
  name: string;
  /** 1 WeChat user (`wm…`), 2 WeCom user of another company (`wo…`). */
  type: 1 | 2;
  gender: 0 | 1 | 2;
  corpName: string | null;
  /** The number the person's own account is bound to; the API never shows it. */
  mobile: string | null;
  scenario: string;
}

/** A staff member's own record of a customer (`follow_user` on the wire). */
export interface Follow {
  seq: number;
  userId: string;
  externalUserId: string;
  remark: string;
  description: string;
  remarkMobiles: string[];
  createdAt: number;
  addWay: number;
  state: string;
  tagIds: string[];
  /** The customer deleted the member; the relation still counts, one-way. */
  deletedByCustomer: boolean;
}

/**
 * Somebody scanned a member's code and waits to be confirmed. `half`: by 免验证,
 * so that the customer has the member already, and calls fail with 84061 (92277).
 */
export interface PendingContact {
  userId: string;
  externalUserId: string;
  state: string;
  half: boolean;
}

/** A tag of the company's library (92117). */
export interface Tag {
  tagId: string;
  name: string;
  groupName: string;
  /** Greater ones come first in the client. */
  order: number;
}

export interface ChatMember {
  id: string;
  /** 1 member of the company, 2 external. */
  type: 1 | 2;
  joinedAt: number;
  /** 1 invited, 2 by link, 3 by QR code. */
  joinScene: 1 | 2 | 3;
  invitor: string | null;
  /** Channel of the join way that brought this member. */
  state: string | null;
}

export interface ChatView {
  name: string;
  owner: string;
  notice: string;
  members: readonly ChatMember[];
  memberVersion: string;
  /** 0 normal, 1 owner left, 2 transferring, 3 transferred. */
  status: 0 | 1 | 2 | 3;
  dismissed: boolean;
}

export interface Chat extends ChatView {
  chatId: string;
  seq: number;
  createdAt: number;
  /** An internal group has no external member and is no 客户群 (90501). */
  internal: boolean;
  /** When the owner was changed by onjob_transfer (2 in 90 days at most). */
  transferredAt: number[];
  messages: ChatMessage[];
  /** What the API shows, and from when: it lags behind the truth. */
  published: { at: number; view: ChatView }[];
}

export interface ChatMessage {
  at: number;
  from: string;
  text: string;
}

/** A group's QR code (`add_join_way`) or a staff member's (`add_contact_way`). */
export interface Way {
  configId: string;
  kind: "join" | "contact";
  scene: number;
  remark: string;
  state: string;
  chatIds: string[];
  userIds: string[];
  autoCreateRoom: 0 | 1;
  roomBaseName: string;
  roomBaseId: number;
  /** 免验证: of a member's code; true unless told (92228). */
  skipVerify: boolean;
  /** ms since epoch. */
  createdAt: number;
}

/** What WeCom pushes to a callback URL; the fields are those of its XML. */
export type WorldEvent =
  & { createTime: number }
  & (ContactEvent | ChatEvent | ScopeEvent);

/** A member came into the app's 可见范围, or left it or the company (90240). */
export interface ScopeEvent {
  event: "subscribe" | "unsubscribe";
  userId: string;
}

export interface ContactEvent {
  event: "change_external_contact";
  changeType:
    | "add_external_contact"
    | "add_half_external_contact"
    | "edit_external_contact"
    | "del_external_contact"
    | "del_follow_user"
    | "transfer_fail";
  userId: string;
  externalUserId: string;
  state?: string;
  welcomeCode?: string;
  source?: "DELETE_BY_TRANSFER";
  failReason?: "customer_refused" | "customer_limit_exceed";
}

export interface ChatEvent {
  event: "change_external_chat";
  changeType: "create" | "update" | "dismiss";
  chatId: string;
  updateDetail?:
    | "add_member"
    | "del_member"
    | "change_owner"
    | "change_name"
    | "change_notice";
  /** 0 invited (directly or by link), 3 by QR code: not the numbering of groupchat/get. */
  joinScene?: 0 | 3;
  /** 0 left, 1 removed. */
  quitScene?: 0 | 1;
  memChangeCnt?: number;
  memChangeList?: string[];
  lastMemVer?: string;
  curMemVer?: string;
}

/** A line log that survives a restart. */
export interface Journal {
  read(): Promise<string[]>;
  append(line: string): void;
}

export interface WorldState {
  staff: Map<string, Staff>;
  customers: Map<string, Customer>;
  /** userId → externalUserId → follow, in the order of adding. */
  follows: Map<string, Map<string, Follow>>;
  /** externalUserId → userIds that follow. */
  followers: Map<string, Set<string>>;
  chats: Map<string, Chat>;
  /** `userId externalUserId` → what was said outside of groups. */
  talks: Map<string, ChatMessage[]>;
  /** `userId externalUserId` → who waits to be confirmed. */
  pending: Map<string, PendingContact>;
  tags: Map<string, Tag>;
  ways: Map<string, Way>;
  welcomeCodes: Map<
    string,
    { userId: string; externalUserId: string; issuedAt: number; used: boolean }
  >;
  /** Former owner → times of the transfers of the last day. */
  transfers: Map<string, number[]>;
  /** Feeds ids; part of the state, so a replay gives the same ids. */
  counter: number;
  /** Salt of this world's ids. */
  salt: number;
}
