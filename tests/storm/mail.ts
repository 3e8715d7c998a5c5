/**
 * WeCom's events on their way to the product: twice, out of order, never, or in
 * the older form without versions and members (doc 96361 calls those fields new).
 * What really arrived is counted at the door, not what was drawn.
 */
import { Secret } from "../../lib/config/secret.ts";
import { pushCallbacks, type RetryRule } from "../../lib/sandbox/callbacks.ts";
import {
  eventXml,
  type Sandbox,
  type World,
  type WorldEvent,
} from "../../lib/sandbox/mod.ts";
import { createCallbackCrypto } from "../../lib/wecom/callback/crypto.ts";
import { pushEnvelope } from "../../lib/wecom/callback/envelope.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";

/** Shares of WeCom's events. */
const MISHAPS = { twice: 0.15, late: 0.2, lost: 0.2 };
const OLD_FORM = 0.25;
/** WeCom's two pages on when it sends again; each event meets one of them. */
export const RULES: readonly RetryRule[] = ["timeouts", "non200"];

export interface Mail {
  /** Hears no more of the world, and sends what is held back. */
  stop(): Promise<void>;
  /** Did the product say that it has this event, with who came or went? */
  told(event: WorldEvent): boolean;
}

export function openMail(
  { sandbox, network, ledger, dice, now }: {
    sandbox: Sandbox;
    network: Network;
    ledger: Ledger;
    dice: Dice;
    now: () => number;
  },
): Mail {
  const own = dice.fork("events");
  const crypto = createCallbackCrypto({
    token: new Secret(sandbox.callbackToken),
    aesKey: new Secret(sandbox.callbackAesKey),
    receiveId: sandbox.corpId,
  });
  const sent = new Map<string, { number: number; subject: string }>();
  /** Of each chat or contact, the latest of its events that arrived. */
  const latest = new Map<string, number>();
  const accepted = new Set<string>();
  const textOf = (event: WorldEvent) => eventXml(event, sandbox.corpId);

  function arrived(text: string): void {
    const { number, subject } = sent.get(text) ?? { number: 0, subject: "" };
    if (accepted.has(text)) count(ledger.faults, "event twice");
    else if (number < (latest.get(subject) ?? 0)) {
      count(ledger.faults, "event out of order");
    }
    accepted.add(text);
    latest.set(subject, Math.max(number, latest.get(subject) ?? 0));
  }

  const feed = pushCallbacks({
    sandbox: { ...sandbox, world: heardThrough(sandbox.world, on) },
    url: `${network.origin}/api/wecom/callback`,
    // To one instance or the other.
    fetch: async (input, init) => {
      const { pathname, search, searchParams } = new URL(String(input));
      const host = `http://127.0.0.1:${own.pick(network.ports)}`;
      const text = crypto.open(pushEnvelope(searchParams, String(init?.body)));
      const response = await fetch(host + pathname + search, init);
      if (response.status === 200) arrived(text);
      return response;
    },
    retry() {
      const rule = own.pick(RULES);
      count(ledger.faults, `event by the rule of ${rule}`);
      return rule;
    },
    now,
    random: own.next,
    log: () => {},
    ...MISHAPS,
  });

  /** Some of the world's events in their older form. */
  function on(listener: (event: WorldEvent) => void): () => void {
    return sandbox.world.on((event) => {
      if (
        event.event === "change_external_chat" &&
        ledger.silenced.has(event.chatId)
      ) return count(ledger.faults, "event of a dissolution lost");
      const old = event.event === "change_external_chat" &&
        event.lastMemVer !== undefined && own.chance(OLD_FORM);
      const said = old ? inOldForm(event) : event;
      if (old) count(ledger.faults, "event of the old form");
      const subject = said.event === "change_external_chat"
        ? said.chatId
        : said.event === "change_external_contact"
        ? said.externalUserId
        : said.userId;
      sent.set(textOf(said), { number: sent.size + 1, subject });
      listener(said);
    });
  }

  return {
    async stop() {
      await feed.stop();
      for (const [kind, times] of Object.entries(feed.counts)) {
        count(ledger.faults, `event ${kind}`, times);
      }
    },
    told: (event) => accepted.has(textOf(event)) && !isUnnamed(event),
  };
}

/** Members came or went, and nobody is named: only a reading can tell who. */
function isUnnamed(event: WorldEvent): boolean {
  return event.event === "change_external_chat" &&
    event.memChangeCnt !== undefined && event.memChangeList === undefined;
}

/** The same world, whose events are heard in another way. */
function heardThrough(world: World, on: World["on"]): World {
  return new Proxy(world, {
    get: (world, name) => name === "on" ? on : Reflect.get(world, name, world),
  });
}

function inOldForm(event: WorldEvent): WorldEvent {
  if (event.event !== "change_external_chat") return event;
  const { lastMemVer: _, curMemVer: _too, memChangeList: _list, ...old } =
    event;
  return old;
}
