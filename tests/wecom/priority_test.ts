/** Whose calls go first when only a few may pass at a time. */
import assert from "node:assert/strict";
import {
  getFollowUserList,
  type Priority,
  type WecomClient,
} from "../../lib/wecom/mod.ts";
import { PriorityQueue } from "../../lib/wecom/priority.ts";
import {
  clientWith,
  fakeClock,
  fakeWecom,
  memoryCache,
  ok,
  settle,
} from "./support.ts";

const LIST = "externalcontact/get_follow_user_list";

/** A WeCom that answers when it is told to. */
async function slowWecom() {
  const open: (() => void)[] = [];
  const clock = fakeClock();
  const store = await memoryCache(clock);
  const wecom = fakeWecom({
    [LIST]: () =>
      new Promise<Response>((resolve) =>
        open.push(() => resolve(Response.json(ok({ follow_user: [] }))))
      ),
  });
  const client = clientWith(wecom, clock, store.cache);
  await client.ready();
  return {
    client,
    async answerAll() {
      for (; open.length > 0; await settle()) open.shift()?.();
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

const list = (client: WecomClient) => client.call(getFollowUserList, undefined);

Deno.test("sign-ins go first, then who waits for a page, then syncs, then the night", async () => {
  using world = await slowWecom();
  const { client } = world;
  const ended: string[] = [];
  const all: Promise<unknown>[] = [];
  const ask = (name: string, work: () => Promise<unknown>) =>
    all.push(work().then(() => ended.push(name)));
  for (let n = 0; n < getFollowUserList.parallel; n++) {
    ask("there before", () => list(client));
  }
  await settle();
  for (const priority of ["night", "sync", "signIn"] satisfies Priority[]) {
    ask(priority, () => client.prioritized(priority, () => list(client)));
  }
  ask("who says nothing", () => list(client));
  await settle();
  await world.answerAll();
  await Promise.all(all);
  assert.deepEqual(ended.slice(getFollowUserList.parallel), [
    "signIn",
    "who says nothing",
    "sync",
    "night",
  ]);
});

Deno.test("a priority holds for all that its work calls, and for nothing else", async () => {
  using world = await slowWecom();
  const { client } = world;
  const ended: string[] = [];
  const held = Array.from(
    { length: getFollowUserList.parallel },
    () => list(client),
  );
  await settle();
  const night = client.prioritized("night", async () => {
    await settle();
    await list(client);
    ended.push("night");
  });
  await settle();
  await settle();
  const later = list(client).then(() => ended.push("person"));
  await settle();
  await world.answerAll();
  await Promise.all([...held, night, later]);
  assert.deepEqual(ended, ["person", "night"]);
});

Deno.test("the night has every ninth turn at least, however many sign in", () => {
  const queue = new PriorityQueue<string>();
  for (let n = 0; n < 100; n++) queue.add(`sign-in ${n}`, "signIn");
  queue.add("night 1", "night");
  queue.add("night 2", "night");
  const turns = Array.from({ length: 18 }, () => queue.next());
  assert.equal(turns.indexOf("night 1"), 8);
  assert.equal(turns.indexOf("night 2"), 17);
});

Deno.test("who leaves the line is passed by, and each class keeps its order", () => {
  const queue = new PriorityQueue<string>();
  for (const name of ["a", "b", "c"]) queue.add(name, "sync");
  assert.equal(queue.remove("b"), true);
  assert.equal(queue.remove("b"), false);
  assert.equal(queue.size, 2);
  assert.deepEqual([queue.next(), queue.next(), queue.next()], [
    "a",
    "c",
    undefined,
  ]);
});

Deno.test("within a class people take turns, whoever asked for how much", () => {
  const queue = new PriorityQueue<string>();
  for (let n = 0; n < 4; n++) queue.add(`greedy ${n}`, "person", "greedy");
  queue.add("other 0", "person", "other");
  queue.add("nobody 0", "person");
  queue.add("other 1", "person", "other");
  const places = ["greedy 0", "other 0", "nobody 0", "greedy 1", "other 1"];
  for (const [at, one] of [...places, "greedy 2", "greedy 3"].entries()) {
    assert.equal(queue.ahead(one), at, one);
  }
  assert.ok(queue.remove("greedy 1"));
  const order: (string | undefined)[] = [];
  while (queue.size > 0) order.push(queue.next());
  assert.deepEqual(order, [
    "greedy 0",
    "other 0",
    "nobody 0",
    "greedy 2",
    "other 1",
    "greedy 3",
  ]);
});
