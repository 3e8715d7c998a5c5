/** The harness's own history of stays is as true as the events that tell it. */
import assert from "node:assert/strict";
import { rig } from "../sandbox/rig.ts";
import { keepHistory } from "./history.ts";

Deno.test("a stay ends in the second that its event tells, also at the turn of one", () => {
  const { world, tick } = rig();
  const [chat] = [...world.state.chats.values()].filter((one) =>
    one.members.some((member) => member.type === 2)
  );
  const customer = chat?.members.find((member) => member.type === 2);
  assert.ok(chat && customer);
  // Whoever hears of the event hears of it a moment later.
  world.on(() => tick(1));
  const { stays } = keepHistory(world);
  tick(999 - world.now() % 1_000);
  const left = world.now();
  world.memberLeaves({ chatId: chat.chatId, id: customer.id });
  const stay = stays.find((one) =>
    one.chatId === chat.chatId && one.memberId === customer.id
  );
  assert.equal(stay?.leftAt, Math.floor(left / 1_000) * 1_000);
});
