/** What `settle` needs of the record and of WeCom. */
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
  /** false: a person was asked meanwhile. Throws 409s. */
  bind(binding: Binding): Promise<boolean>;
  note(
    intent: Intent,
    chatIds: readonly string[],
    ask: boolean,
    cause: Cause,
  ): Promise<void>;
  /** A look that began then did not bind it. */
  missed(intent: Intent, since: number): Promise<void>;
  /** Its time is over. */
  end(intent: Intent, reason: EndReason, cause: Cause): Promise<void>;
}
