/** Requests that are kept open until WeCom has given them up, by a clock in hand. */
import assert from "node:assert/strict";
import {
  createSeats,
  HOLD_MS,
  holdUntilGivenUp,
} from "../../lib/inbox/hold.ts";
import { createTimers, type Timers } from "./timers.ts";

const START = 1795147200_000;

interface Held {
  over: boolean;
  work: Promise<void>;
}

function scene(most: number) {
  const timers: Timers = createTimers(START);
  const stopping = new AbortController();
  const seats = createSeats(stopping.signal, most);
  const hold = (arrivedAt = START): Held => {
    const held: Held = { over: false, work: Promise.resolve() };
    held.work = holdUntilGivenUp({ seats, ...timers }, arrivedAt)
      .then(() => void (held.over = true));
    return held;
  };
  return { timers, seats, hold, stop: () => stopping.abort() };
}

Deno.test("a request is kept open beyond the 5 s that WeCom waits, counted from its arrival", async () => {
  const { timers, seats, hold } = scene(10);
  const early = hold(START - 4_500);
  const late = hold(START);
  await timers.pass(600);
  assert.equal(early.over, false, "5.1 s: WeCom is about to hang up");
  await timers.pass(HOLD_MS - 4_500);
  assert.equal(early.over, true);
  assert.equal(late.over, false);
  await timers.pass(HOLD_MS);
  assert.equal(late.over, true);
  assert.equal(seats.taken, 0);
});

Deno.test("only so many are kept open: the next is let go at once, and one that ends makes room", async () => {
  const { timers, seats, hold } = scene(2);
  const held = [hold(START - 3_000), hold()];
  const tooMuch = hold();
  await timers.pass(0);
  assert.deepEqual(
    [...held, tooMuch].map((one) => one.over),
    [false, false, true],
  );
  await timers.pass(HOLD_MS - 3_000);
  assert.deepEqual(held.map((one) => one.over), [true, false]);
  const next = hold(timers.now());
  await timers.pass(0);
  assert.equal(next.over, false);
  await timers.pass(HOLD_MS);
  assert.equal(seats.taken, 0);
});

Deno.test("a stop lets all go at once, and nobody is kept any more", async () => {
  const { timers, seats, hold, stop } = scene(10);
  const held = [hold(), hold()];
  stop();
  held.push(hold());
  await timers.pass(0);
  assert.ok(held.every((one) => one.over));
  assert.equal(seats.taken, 0);
});
