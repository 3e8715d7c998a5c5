/**
 * The way from a phone to the product: to one instance or the other, as a load
 * balancer would send it; in the storm requests get lost on the way there, on
 * the way back or in the middle, arrive twice, or late and out of order: a request
 * whose sender has given it up, or a second copy of one that was answered, may
 * come behind what the person did next.
 */
import { pause } from "./clock.ts";
import type { Dice } from "./dice.ts";
import { count, type Ledger } from "./ledger.ts";

export interface Network {
  /** Origin that people and WeCom see. */
  origin: string;
  ports: number[];
  stormy: boolean;
  ledger: Ledger;
  /** Requests that nobody waits for. */
  astray: Set<Promise<unknown>>;
}

type Fate =
  | "fine"
  | "lost"
  | "cut"
  | "unheard"
  | "twice"
  | "late"
  | "again"
  | "stray";

const FATES: readonly [Fate, number][] = [
  ["lost", 0.02],
  ["cut", 0.03],
  ["unheard", 0.025],
  ["twice", 0.03],
  ["late", 0.03],
  ["again", 0.02],
  ["stray", 0.015],
];

/** Sends to the product. Rejects as `fetch` does when the network fails. */
export async function send(
  network: Network,
  dice: Dice,
  path: string,
  init: RequestInit & { headers: Headers },
): Promise<Response> {
  const fate = network.stormy ? draw(dice) : "fine";
  const once = (signal: AbortSignal | null | undefined = init.signal) => {
    const target = `http://127.0.0.1:${dice.pick(network.ports)}${path}`;
    return fetch(target, {
      ...init,
      signal: signal ?? null,
      redirect: "manual",
    });
  };
  if (fate !== "fine") count(network.ledger.faults, `request ${fate}`);
  switch (fate) {
    case "lost":
      throw new TypeError("Lost on the way there");
    case "cut": {
      const cut = new AbortController();
      const timer = setTimeout(() => cut.abort(), dice.int(1, 120));
      const signal = init.signal
        ? AbortSignal.any([init.signal, cut.signal])
        : cut.signal;
      try {
        return await whole(await once(signal));
      } finally {
        clearTimeout(timer);
      }
    }
    case "unheard":
      await whole(await once());
      throw new TypeError("Lost on the way back");
    case "twice": {
      const other = once().then(whole).catch(() => {});
      const response = await once();
      await other;
      return response;
    }
    case "late":
      await pause(dice.int(200, 1_500));
      return await once();
    case "again": {
      const response = await once();
      astray(network, dice, once);
      return response;
    }
    case "stray":
      astray(network, dice, once);
      throw new TypeError("Not answered in time; it is on its way still");
    default:
      return await once();
  }
}

/** It arrives after other things have happened. */
function astray(
  network: Network,
  dice: Dice,
  once: (signal: null) => Promise<Response>,
): void {
  const work = pause(dice.int(200, 4_000))
    .then(() => once(null)).then(whole).catch(() => {})
    .finally(() => network.astray.delete(work));
  network.astray.add(work);
}

function draw(dice: Dice): Fate {
  let left = dice.next();
  for (const [fate, share] of FATES) {
    if ((left -= share) < 0) return fate;
  }
  return "fine";
}

/** With its body read, so that nothing of it is still on the way. */
async function whole(response: Response): Promise<Response> {
  const body = await response.arrayBuffer();
  const { status, headers } = response;
  const empty = status === 204 || status === 304;
  return new Response(empty ? null : body, { status, headers });
}
