/** First readings stand in line: who comes when, and what a person sees of it. */
import assert from "node:assert/strict";
import { shown } from "../../lib/contacts/progress.ts";
import { createServices } from "../../lib/services.ts";
import { withStubbedApp } from "../support/company.ts";
import type { StubWecom } from "../support/stub_wecom.ts";

const BATCH = "externalcontact/batch/get_by_user";

function follows(stub: StubWecom, who: string, count: number) {
  for (let n = 0; n < count; n++) {
    stub.follow(who, `wm-${who}-${n}`, `客户${n}`);
  }
}

/** Lets nobody's page through before it is told to; then one after the other. */
function held(stub: StubWecom) {
  const waiting: { who: string; go: () => void }[] = [];
  stub.spoil = (path, said) => {
    if (path !== BATCH) return undefined;
    const [, who = ""] = /"userid_list":\["(\w+)"/.exec(said) ?? [];
    return new Promise<undefined>((resolve) =>
      waiting.push({ who, go: () => resolve(undefined) })
    );
  };
  return waiting;
}

const moment = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

Deno.test("who has few contacts does not wait for who has thousands", () =>
  withStubbedApp(async ({ app, stub }) => {
    const people = ["many1", "many2", "few1", "few2"];
    for (const who of people) {
      follows(stub, who, who.startsWith("m") ? 900 : 90);
    }
    const ended: string[] = [];
    await Promise.all(people.map(async (who) => {
      await app.services.contactSync.refresh(who);
      ended.push(who);
    }));
    assert.deepEqual(ended.slice(0, 2).sort(), ["few1", "few2"]);
    assert.equal(stub.count(BATCH), 9 + 9 + 1 + 1);
  }));

Deno.test("a person sees who is before, then how much is read, and waits for nothing else", () =>
  withStubbedApp(async ({ app, stub }) => {
    const people = ["a1", "a2", "a3", "a4", "a5"];
    for (const who of people) follows(stub, who, 150);
    const waiting = held(stub);
    const { contactSync } = app.services;
    const all = people.map((who) => contactSync.refresh(who));
    while (people.some((who) => contactSync.progress(who) === null)) {
      await moment();
    }
    const places = () =>
      people.map((who) => contactSync.progress(who)?.place ?? null);
    while (places().toSorted().join() !== "0,0,0,1,2") await moment();
    const last = people[places().indexOf(2)] ?? "";
    for (let turn = 0; turn < 10; turn++) {
      while (waiting.length === 0) await moment();
      waiting.shift()?.go();
    }
    await Promise.all(all);
    assert.equal(contactSync.progress(last), null);
    assert.equal((await contactSync.state(last)).seen, 150);
    assert.equal(stub.count(BATCH), 10);
  }));

Deno.test("a match that stands in line for longer than 8 s says so, and is there when asked again", () =>
  withStubbedApp(async ({ app, stub }) => {
    const waiting = held(stub);
    const first = await app.as("d1").flow("customer.match", { orderId: "O1" });
    assert.equal(first.status, 200);
    assert.equal(first.data.status, "syncing");
    assert.deepEqual(first.data.progress, {
      seen: 0,
      expected: null,
      place: 0,
    });
    stub.spoil = null;
    waiting.shift()?.go();
    const again = await app.as("d1").flow("customer.match", { orderId: "O1" });
    assert.equal(again.data.status, "matched");
    assert.equal(stub.count(BATCH), 1);
  }));

Deno.test("the page says on its first line how many are before", () =>
  withStubbedApp(async ({ app, stub }) => {
    const people = ["a1", "a2", "a3", "d1"];
    for (const who of people) follows(stub, who, 5);
    const waiting = held(stub);
    const { contactSync } = app.services;
    const all = people.slice(0, 3).map((who) => contactSync.refresh(who));
    while (contactSync.progress("a3")?.place !== 0 || waiting.length < 2) {
      await moment();
      if (contactSync.progress("a3")?.place === 0 && waiting.length === 2) {
        break;
      }
    }
    const page = await app.as("d1").fetch("/orders/O1/group");
    assert.match(await page.text(), /前面还有 1 位同事在读取/);
    stub.spoil = null;
    while (waiting.length > 0) waiting.shift()?.go();
    await Promise.all([...all, contactSync.refresh("d1")]);
  }));

Deno.test("two processes that both read a person take the pages in turns, each once", () =>
  withStubbedApp(async ({ app, stub }) => {
    follows(stub, "big", 1_000);
    const other = await createServices(app.services.config, { log: () => {} });
    try {
      const [one, two] = await Promise.all([
        app.services.contactSync.refresh("big"),
        other.contactSync.refresh("big"),
      ]);
      assert.deepEqual([one.seen, two.seen], [1_000, 1_000]);
      assert.equal(stub.count(BATCH), 10);
    } finally {
      await other.close();
    }
  }, { CACHE_STORE: "postgres" }));

Deno.test("what a person is told of the line", () => {
  const note = (seen: number, place: number, waitMs: number | null) =>
    shown({ seen, expected: null, place, waitMs }).note;
  assert.match(
    note(0, 12, 7_100),
    /前面还有 12 位同事在读取，预计 10 秒后轮到您/,
  );
  assert.match(note(0, 3, null), /^前面还有 3 位同事在读取，可以先离开$/);
  assert.match(note(200, 499, 61_000), /已读取 200 .*499 位.*2 分钟后继续/);
  assert.equal(note(1_200, 0, 0), "已读取 1,200 位联系人，可以先离开");
  const { note: whole } = shown({
    seen: 1_200,
    expected: 5_000,
    place: 0,
    waitMs: 0,
  });
  assert.equal(whole, "已读取 1,200 / 5,000 位联系人，可以先离开");
});

Deno.test("contacts that have been read since they were found unread are not read again", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { contactSync } = app.services;
    stub.follow("d1", "wm9", "李女士");
    const found = await contactSync.state("d1");
    const read = await contactSync.refresh("d1", found);
    assert.deepEqual(await contactSync.refresh("d1", found), read);
    assert.equal(stub.count(BATCH), 1);
    await contactSync.refresh("d1", read);
    assert.equal(stub.count(BATCH), 2);
  }));
