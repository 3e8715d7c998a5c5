/** A person who looks at an order's page: what all parts of a visit share. */
import type { World } from "../../lib/sandbox/mod.ts";
import type { StormOrder } from "./company.ts";
import type { Dice } from "./dice.ts";
import type { Ledger } from "./ledger.ts";
import type { Page } from "./page.ts";
import type { Phone } from "./phone.ts";
import type { Visit } from "./plan.ts";

export interface Scene {
  world: World;
  ledger: Ledger;
  /** A chat of somebody else, for mixed-up requests. */
  strange(orderId: string, dice: Dice): string;
}

export type Outcome = "done" | "died" | "left" | "gone" | "failed";

export interface Visitor {
  scene: Scene;
  phone: Phone;
  order: StormOrder;
  plan: Visit;
  dice: Dice;
  /** Screens seen so far. */
  turn: number;
  /** The page is lost. */
  died: boolean;
  /** What the person does once, and not again. */
  still: Pick<Visit, "refused" | "cancels" | "mixedUp" | "renames">;
  /** Waits for whoever else has the sheet open; once. */
  meet: (() => Promise<void>) | null;
  /** Confirmed, and the client was not asked yet. */
  tapped: boolean;
}

export function say({ scene, order, phone }: Visitor, line: string): void {
  scene.ledger.diary(`${order.orderId} ${phone.name}: ${line}`);
}

export function die(visitor: Visitor, page: Page): void {
  visitor.died = true;
  page.die();
}

/** The page said or did what is not true, and the server could know it. */
export function misled({ scene, order }: Visitor, detail: string): void {
  scene.ledger.misled.push({ orderId: order.orderId, detail });
}

/** The person remembers having made the group. */
export function remembers({ scene, order, phone, plan }: Visitor): boolean {
  return !plan.forgetful &&
    scene.ledger.made.some((one) =>
      one.orderId === order.orderId && one.by === phone.userId
    );
}

/** Is this a chat of the order, as the person knows it? */
export function belongs({ scene, order }: Visitor, chatId: string): boolean {
  if (chatId === order.handMade) return order.plan.handMade === "adopt";
  return scene.ledger.made.some((one) =>
    one.chatId === chatId && one.orderId === order.orderId
  );
}
