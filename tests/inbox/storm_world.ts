/** A company in which a lot happens, the same each time for the same seed. */
import type { World, WorldSeed } from "../../lib/sandbox/mod.ts";

const STAFF = 20;
const CUSTOMERS = 400;
const CHATS = 120;

/** mulberry32: enough for a test, and repeatable. */
export function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const stormWorld: WorldSeed = {
  kind: "built",
  build(builder) {
    const customers = Array.from(
      { length: CUSTOMERS },
      (_, n) => builder.customer({ name: `客户${n}` }),
    );
    for (let n = 0; n < STAFF; n++) {
      const userId = `s${n}`;
      builder.staff({ userId, name: `员工${n}` });
      for (const externalUserId of customers) {
        builder.follows({ userId, externalUserId });
      }
    }
    for (let n = 0; n < CHATS; n++) {
      builder.chat({
        owner: `s${n % STAFF}`,
        name: `群${n}`,
        userIds: [`s${(n + 1) % STAFF}`, `s${(n + 2) % STAFF}`],
        externalUserIds: [customers[n] ?? ""],
      });
    }
  },
};

/** One thing that somebody does; throws when it cannot be done. */
export function doSomething(world: World, random: () => number): void {
  const { state } = world;
  const any = <T>(all: Iterable<T>): T => {
    const list = [...all];
    const one = list[Math.floor(random() * list.length)];
    if (one === undefined) throw new Error("Nobody there");
    return one;
  };
  const userId = any(state.staff.keys());
  const externalUserId = any(state.customers.keys());
  const draw = random();
  if (draw < 0.1) {
    world.staffCreatesChat({
      userId,
      groupName: `新群${state.counter}`,
      userIds: [any(state.staff.keys())],
      externalUserIds: [externalUserId],
    });
  } else if (draw < 0.55) {
    const chat = any(state.chats.values());
    const { chatId } = chat;
    const customer = chat.members.find((one) => one.type === 2);
    if (draw < 0.15) world.chatRenamed({ chatId, name: `名${state.counter}` });
    else if (draw < 0.18) {
      const staff = chat.members.filter((one) => one.type === 1);
      world.ownerChanged({ chatId, owner: any(staff).id });
    } else if (draw < 0.35) {
      world.staffInvitesCustomer({ chatId, userId, externalUserId });
    } else if (draw < 0.43 && customer) {
      world.memberLeaves({ chatId, id: customer.id });
    } else if (draw < 0.5 && customer) {
      world.memberRemoved({ chatId, id: customer.id });
    } else if (draw < 0.51) world.chatDismissed({ chatId });
    else world.noticeChanged({ chatId, notice: `公告${state.counter}` });
  } else if (draw < 0.75) {
    world.staffEditsRemark({
      userId,
      externalUserId,
      remark: `备注${state.counter}`,
    });
  } else if (draw < 0.87) {
    world.staffDeletesContact({ userId, externalUserId });
  } else world.customerAddsStaff({ userId, externalUserId, state: "order-1" });
}
