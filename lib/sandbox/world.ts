/**
 * The company in a box: state, verbs of people, and the switches that make
 * things go wrong. Every change is a verb with a JSON input: it is applied,
 * written to the journal with its time, and told to the listeners; replaying
 * the journal on the same seed gives the same world, ids included.
 */
import type { Log } from "../http/log.ts";
import { Calls } from "./calls.ts";
import { Faults } from "./faults.ts";
import { type Grant, Tokens } from "./tokens.ts";
import type { Journal, WorldEvent, WorldState } from "./types.ts";
import * as chats from "./verbs_chats.ts";
import * as company from "./verbs_company.ts";
import * as contacts from "./verbs_contacts.ts";
import * as talk from "./verbs_talk.ts";
import * as codes from "./verbs_codes.ts";
import * as handover from "./verbs_handover.ts";
import type { Listener, VerbContext } from "./contact_core.ts";

const VERBS = {
  staffJoins: company.staffJoins,
  staffRights: company.staffRights,
  staffLeaves: company.staffLeaves,
  apiTransfer: company.apiTransfer,
  apiSaveWay: company.apiSaveWay,
  apiDeleteWay: company.apiDeleteWay,
  customerAppears: contacts.customerAppears,
  staffAddsContact: contacts.staffAddsContact,
  customerAddsStaff: contacts.customerAddsStaff,
  staffEditsRemark: contacts.staffEditsRemark,
  apiRemark: contacts.apiRemark,
  apiWelcome: codes.apiWelcome,
  customerScansContactWay: codes.customerScansContactWay,
  staffConfirmsContact: codes.staffConfirmsContact,
  staffTagsContact: contacts.staffTagsContact,
  apiTags: contacts.apiTags,
  apiAddTag: contacts.apiAddTag,
  customerTransferred: handover.customerTransferred,
  customerTransferFails: handover.customerTransferFails,
  staffDeletesContact: contacts.staffDeletesContact,
  customerDeletesStaff: contacts.customerDeletesStaff,
  staffCreatesChat: chats.staffCreatesChat,
  staffAddsMembers: chats.staffAddsMembers,
  staffInvitesCustomer: chats.staffInvitesCustomer,
  memberLeaves: chats.memberLeaves,
  memberRemoved: chats.memberRemoved,
  chatRenamed: chats.chatRenamed,
  chatChangedTogether: chats.chatChangedTogether,
  noticeChanged: chats.noticeChanged,
  ownerChanged: chats.ownerChanged,
  chatDismissed: chats.chatDismissed,
  customerJoinsByQr: chats.customerJoinsByQr,
  messageSent: chats.messageSent,
  customerTold: talk.customerTold,
} as const;

type Verbs = typeof VERBS;
export type VerbName = keyof Verbs;
type Input<N extends VerbName> = Parameters<Verbs[N]>[1];
type Output<N extends VerbName> = ReturnType<Verbs[N]>;
type AnyVerb = (context: VerbContext, input: unknown) => unknown;

/** What the simulated client does with the next JSAPI calls. */
export type ClientOutcome =
  | "normal"
  | "cancel"
  | "refuse"
  | "hang"
  | "no_chat_id"
  | "one_to_one"
  | "kill";

export interface WorldSettings {
  /** Time every API call takes, ms. */
  latencyMs: number;
  /** How long chats stay invisible, or stale, to the API after a change, ms. */
  lagMs: number;
  /** Nothing answers: HTTP 502 to every call. */
  down: boolean;
  /** The app is in 「可调用接口的应用」; false gives 48002. */
  appCanContact: boolean;
  /**
   * How the groups of somebody who left are listed: by naming the person, as
   * 92120 says, or only by not naming anybody (40003 else), as users report.
   */
  departedOwners: "named" | "unnamed";
  /** Calls of one API at the same time before 45033. */
  maxConcurrent: number;
  clientOutcome: ClientOutcome;
}

export const DEFAULTS: Readonly<WorldSettings> = {
  latencyMs: 0,
  lagMs: 1500,
  down: false,
  appCanContact: true,
  departedOwners: "named",
  maxConcurrent: Infinity,
  clientOutcome: "normal",
};

/** A card the app sent to members (`message/send`). */
export interface SentMessage {
  at: number;
  to: string[];
  msgtype: string;
  content: Record<string, unknown>;
  /** As it was sent, to know the same one again. */
  request?: string;
}

export interface WorldDeps {
  now(): number;
  log: Log;
  journal: Journal | null;
  /** Builds the starting state; called again on reset. */
  seed(): WorldState;
}

export class World {
  readonly faults: Faults = new Faults();
  readonly calls: Calls = new Calls();
  readonly tokens: Tokens;
  readonly settings: WorldSettings = { ...DEFAULTS };
  /** Newest last; welcome messages are among them. */
  messages: SentMessage[] = [];
  state: WorldState;
  #deps: WorldDeps;
  #listeners = new Set<Listener>();

  constructor(deps: WorldDeps) {
    this.#deps = deps;
    this.state = deps.seed();
    this.tokens = new Tokens((grant, at) =>
      this.#write("issued", { grant, at }, at)
    );
  }

  /** Hears what WeCom would push; the returned function stops it. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Applies a verb. Throws QyError, changing nothing that a person would notice. */
  run<N extends VerbName>(verb: N, input: Input<N>): Output<N> {
    const at = this.#deps.now();
    const events: WorldEvent[] = [];
    const output = this.#apply(verb, input, at, events);
    this.#write(verb, input, at);
    for (const event of events) {
      for (const listener of this.#listeners) {
        try {
          listener(event);
        } catch (cause) {
          this.#deps.log("error", "sandbox_listener_failed", {
            cause: String(cause),
          });
        }
      }
    }
    return output as Output<N>;
  }

  /** Brings back what the journal tells. Lines of an older sandbox that no longer fit are left out. */
  async replay(): Promise<void> {
    let skipped = 0;
    for (const line of await this.#deps.journal?.read() ?? []) {
      try {
        const entry: unknown = JSON.parse(line);
        if (!this.#replayEntry(entry)) skipped += 1;
      } catch {
        skipped += 1;
      }
    }
    if (skipped > 0) {
      this.#deps.log("warn", "sandbox_journal_skipped", { lines: skipped });
    }
  }

  #replayEntry(entry: unknown): boolean {
    if (typeof entry !== "object" || entry === null) return false;
    const { verb, input, at } = entry as {
      verb?: unknown;
      input?: unknown;
      at?: unknown;
    };
    if (typeof verb !== "string" || typeof at !== "number") return false;
    if (verb === "reset") this.#restart();
    else if (verb === "issued") {
      const { grant, at: issuedAt } = input as { grant: Grant; at: number };
      this.tokens.restore(grant, issuedAt);
    } else if (Object.hasOwn(VERBS, verb)) {
      this.#apply(verb as VerbName, input, at, []);
    } else return false;
    return true;
  }

  #apply(
    verb: VerbName,
    input: unknown,
    at: number,
    events: WorldEvent[],
  ): unknown {
    const context: VerbContext = {
      state: this.state,
      at,
      lagMs: this.settings.lagMs,
      emit: (event) =>
        events.push({ ...event, createTime: Math.floor(at / 1000) }),
    };
    return (VERBS[verb] as AnyVerb)(context, input);
  }

  #write(verb: string, input: unknown, at: number): void {
    this.#deps.journal?.append(JSON.stringify({ at, verb, input }));
  }

  #restart(): void {
    this.state = this.#deps.seed();
    this.messages = [];
  }

  /** Back to the seed world; faults, switches and counters too. */
  reset(): void {
    this.#restart();
    this.faults.clear();
    this.calls.reset();
    Object.assign(this.settings, DEFAULTS);
    this.#write("reset", null, this.#deps.now());
  }

  /** Every access_token issued so far is refused with 42001. */
  expireTokens(): void {
    this.tokens.expireTokens();
  }

  get down(): boolean {
    return this.settings.down;
  }

  set down(value: boolean) {
    this.settings.down = value;
  }

  now(): number {
    return this.#deps.now();
  }

  // The verbs by name, so that tests read like what people do.
  staffJoins = this.#verb("staffJoins");
  staffRights = this.#verb("staffRights");
  staffLeaves = this.#verb("staffLeaves");
  customerAppears = this.#verb("customerAppears");
  staffAddsContact = this.#verb("staffAddsContact");
  customerAddsStaff = this.#verb("customerAddsStaff");
  staffEditsRemark = this.#verb("staffEditsRemark");
  customerScansContactWay = this.#verb("customerScansContactWay");
  staffConfirmsContact = this.#verb("staffConfirmsContact");
  staffTagsContact = this.#verb("staffTagsContact");
  customerTransferred = this.#verb("customerTransferred");
  customerTransferFails = this.#verb("customerTransferFails");
  staffDeletesContact = this.#verb("staffDeletesContact");
  customerDeletesStaff = this.#verb("customerDeletesStaff");
  staffCreatesChat = this.#verb("staffCreatesChat");
  staffAddsMembers = this.#verb("staffAddsMembers");
  staffInvitesCustomer = this.#verb("staffInvitesCustomer");
  memberLeaves = this.#verb("memberLeaves");
  memberRemoved = this.#verb("memberRemoved");
  chatRenamed = this.#verb("chatRenamed");
  chatChangedTogether = this.#verb("chatChangedTogether");
  noticeChanged = this.#verb("noticeChanged");
  ownerChanged = this.#verb("ownerChanged");
  chatDismissed = this.#verb("chatDismissed");
  customerJoinsByQr = this.#verb("customerJoinsByQr");
  messageSent = this.#verb("messageSent");
  customerTold = this.#verb("customerTold");

  #verb<N extends VerbName>(name: N): (input: Input<N>) => Output<N> {
    return (input) => this.run(name, input);
  }
}
