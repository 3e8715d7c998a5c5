/**
 * What `settle` needs of our database and of WeCom, so that tests can give it a
 * world of their own.
 */
import type { ChatAround } from "../chats/around.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { ChatAnswer } from "../chats/read_chat.ts";
import type { Binding } from "./bind.ts";
import type { EndReason, Intent } from "./intent.ts";
import type { Cause } from "./moves.ts";

/** What is recorded of an order. */
export interface OrderRecord {
  /** All of its intents, the newest first. */
  intents: readonly Intent[];
  /** Its living group, else the one that was dissolved last. */
  chat: Pick<ChatRow, "chatId" | "dismissedAt" | "boundAt"> | null;
}

export interface Ground {
  now(): number;
  recorded(orderId: string): Promise<OrderRecord>;
  /** Living chats of the mirror that could have come of one of these intents. */
  chatsFor(intents: readonly Intent[]): Promise<ChatAround[]>;
  /** Intents of any order that one of these chats could have come of. */
  intentsFor(chats: readonly ChatAround[]): Promise<Intent[]>;
  /** Brings the mirror up to date with the groups of an owner. */
  look(
    owner: string,
    since: number,
  ): Promise<{ complete: boolean }>;
  /** Asks WeCom for one chat, and writes the answer down. */
  read(chatId: string, via?: string): Promise<ChatAnswer>;
  keep(answer: ChatAnswer, via: string): Promise<void>;
  /**
   * false: a person was asked meanwhile. Throws an error of status 409 when the
   * order or the chat has been bound by somebody else.
   */
  bind(binding: Binding): Promise<boolean>;
  note(
    intent: Intent,
    chatIds: readonly string[],
    ask: boolean,
    cause: Cause,
  ): Promise<void>;
  /** Remembers that a look which began at `since` did not find the group. */
  missed(intent: Intent, since: number): Promise<void>;
  /** Ends an intent whose time is over. */
  end(intent: Intent, reason: EndReason, cause: Cause): Promise<void>;
}
