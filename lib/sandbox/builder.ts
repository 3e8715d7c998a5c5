/**
 * Builds a starting world without events, cheaply: thousands of contacts take
 * a few milliseconds each thousand. Everything is in the past of `epoch`, so
 * that a world begins settled: nothing is still on its way to the API.
 */
import { nextId } from "./ids.ts";
import type { Customer, WorldState } from "./types.ts";
import { staffCreatesChat } from "./verbs_chats.ts";
import { visibleView } from "./chat_core.ts";
import { type NewStaff, staffJoins, staffLeaves } from "./verbs_company.ts";
import { type AddContact, link, type VerbContext } from "./contact_core.ts";
import { customerAppears, type NewCustomer } from "./verbs_contacts.ts";

const DAY = 86_400_000;

export class Builder {
  readonly state: WorldState;
  /** The moment the seed tells about, ms since epoch; must lie in the past. */
  readonly epoch: number;

  constructor(salt: number, epoch: number) {
    this.epoch = epoch;
    this.state = {
      staff: new Map(),
      customers: new Map(),
      follows: new Map(),
      followers: new Map(),
      chats: new Map(),
      pending: new Map(),
      tags: new Map(),
      ways: new Map(),
      talks: new Map(),
      welcomeCodes: new Map(),
      transfers: new Map(),
      counter: 0,
      salt,
    };
  }

  #at(at: number): VerbContext {
    return { state: this.state, at, lagMs: 0, emit: () => {} };
  }

  staff(input: NewStaff): this {
    staffJoins(this.#at(this.epoch), input);
    return this;
  }

  /** Returns the external user id. */
  customer(input: NewCustomer): string {
    return customerAppears(this.#at(this.epoch), input);
  }

  /** A customer with the shortest possible record, for large worlds. */
  quickCustomer(name: string, mobile: string): string {
    const externalUserId = nextId(this.state, "wm");
    const customer: Customer = {
      externalUserId,
      name,
      type: 1,
      gender: 0,
      corpName: null,
      mobile,
      scenario: "",
    };
    this.state.customers.set(externalUserId, customer);
    return externalUserId;
  }

  /** The member has the customer, since `daysAgo` days. */
  follows(input: AddContact, daysAgo = 30): this {
    link(this.state, input, this.epoch - daysAgo * DAY);
    return this;
  }

  /** A group made by hand; returns its id. */
  chat(
    input: {
      owner: string;
      name: string;
      userIds?: string[];
      externalUserIds: string[];
    },
    daysAgo = 10,
  ): string {
    const { owner, name, userIds = [], externalUserIds } = input;
    const at = this.epoch - daysAgo * DAY;
    const asked = { userId: owner, groupName: name, userIds, externalUserIds };
    const chatId = staffCreatesChat(this.#at(at), asked);
    const chat = this.state.chats.get(chatId);
    if (chat && !visibleView(chat, at)) {
      throw new Error(`Chat ${name} is not visible`);
    }
    return chatId;
  }

  /** The member left the company `daysAgo` days ago. */
  departed(userId: string, daysAgo: number): this {
    staffLeaves(this.#at(this.epoch - daysAgo * DAY), { userId });
    return this;
  }
}
