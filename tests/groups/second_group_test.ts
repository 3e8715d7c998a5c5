/**
 * Two groups were made for one order after all: people are told of the second as
 * soon as anybody names it, so that it is dissolved. And of groups that are gone
 * without an event (90930): none is offered.
 */
import assert from "node:assert/strict";
import { create, record, three } from "./scene.ts";

type Scene = Parameters<Parameters<typeof three>[0]>[0];

const O1 = { orderId: "O1", customerExternalUserId: "wm1" };

const preview = ({ app }: Scene) => app.as("d1").flow("group.preview", O1);
const tap = ({ app }: Scene, attempt: string, takeOver = false) =>
  app.as("d1").flow("group.prepare", { ...O1, attempt, takeOver });
const get = ({ app }: Scene) => app.as("d1").flow("group.get", O1);
const idsOf = (chats: unknown) =>
  (chats as { chatId: string }[] | undefined)?.map((one) => one.chatId);

/** Groups that were read some moments ago are read again. */
const later = ({ app }: Scene) =>
  app.services.sql`update chat set synced_at = synced_at - interval '1 minute'`;

/** Nobody tells us. */
function dissolve({ stub }: Scene, chatId: string): void {
  const chat = stub.chats.get(chatId);
  assert.ok(chat);
  chat.errcode = 49008;
}

/** Two devices made a group each; answers the order's and the other. */
async function twoDevices(scene: Scene): Promise<[string, string]> {
  const { data: phone } = await tap(scene, "phone");
  await preview(scene);
  const { data: computer } = await tap(scene, "computer", true);
  const [first, second] = [create(scene), create(scene)];
  const bound = await record(scene, {
    intentId: computer.intentId,
    chatId: second,
  });
  assert.equal(bound.data.status, "active");
  const told = await record(scene, { intentId: phone.intentId, chatId: first });
  assert.equal(told.error, "GROUP_ALREADY_EXISTS");
  return [second, first];
}

Deno.test("A second group is told of as soon as a device reports it", () =>
  three(async (scene) => {
    const [group, twin] = await twoDevices(scene);
    const { data } = await get(scene);
    assert.equal(data.chatId, group);
    assert.deepEqual(idsOf(data.twins), [twin]);
  }));

Deno.test("A second group is told of when the report of the first comes after it", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const [group, twin] = [create(scene), create(scene)];
    // Both are seen before anything is reported.
    await preview(scene);
    const bound = await record(scene, {
      intentId: data.intentId,
      chatId: group,
    });
    assert.equal(bound.data.status, "active");
    assert.deepEqual(idsOf((await get(scene)).data.twins), [twin]);
  }));

Deno.test("The report of a second group is answered the same while WeCom cannot be asked", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const [group, twin] = [create(scene), create(scene)];
    const { intentId } = data;
    await record(scene, { intentId, chatId: group });
    scene.stub.spoil = () => new Response("busy", { status: 503 });
    const told = await record(scene, { intentId, chatId: twin });
    assert.equal(told.error, "GROUP_ALREADY_EXISTS");
    assert.equal((told.details as { chatId: string }).chatId, group);
  }));

Deno.test("The second group is asked about once the first is dissolved, and is not when it is gone, too", () =>
  three(async (scene) => {
    const [group, twin] = await twoDevices(scene);
    dissolve(scene, group);
    await later(scene);
    const asked = await get(scene);
    const { candidates } = asked.details as { candidates?: unknown };
    assert.deepEqual(idsOf(candidates), [twin]);
    dissolve(scene, twin);
    await later(scene);
    const { data } = await preview(scene);
    assert.deepEqual([data.existing, data.candidates], [null, undefined]);
    assert.ok((await tap(scene, "anew")).data.intentId);
  }));

Deno.test("Groups made by hand that were dissolved are not offered, and one that lives is", () =>
  three(async (scene) => {
    const chats = [create(scene), create(scene), create(scene)];
    const offered = async () => {
      const { data } = await preview(scene);
      return (data.existing as { chatId: string } | null)?.chatId ?? null;
    };
    const first = await offered();
    assert.ok(first && chats.includes(first));
    const [living = "", other = ""] = chats.filter((one) => one !== first);
    dissolve(scene, first);
    dissolve(scene, other);
    assert.equal(await offered(), living);
    dissolve(scene, living);
    assert.equal(await offered(), null);
  }));

Deno.test("The page does not show a group that was dissolved without an event", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const chatId = create(scene);
    await record(scene, { intentId: data.intentId, chatId });
    const page = async () =>
      await (await scene.app.as("d1").fetch("/orders/O1/group")).text();
    assert.match(await page(), /data-testid="open-chat"/);
    dissolve(scene, chatId);
    await scene.app.services.sql`
      update chat set synced_at = synced_at - interval '1 hour'`;
    const html = await page();
    assert.doesNotMatch(html, /data-testid="open-chat"/);
    assert.match(html, /已解散，可以重新建群/);
  }));

Deno.test("A second tap on the page that made a group is asked about it, though the colleagues' lists cannot be read", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const chatId = create(scene);
    scene.stub.spoil = (path, said) =>
      path.endsWith("groupchat/list") && said.includes('"p1"')
        ? new Response("busy", { status: 502 })
        : undefined;
    const foreign = scene.stub.create("d2", "外", ["d2"], ["wm4"]);
    const told = { intentId: data.intentId, chatId: foreign };
    assert.equal((await record(scene, told)).error, "CHAT_REJECTED");
    const { data: sheet } = await preview(scene);
    assert.deepEqual(idsOf(sheet.candidates), [chatId]);
    const again = await tap(scene, "phone");
    assert.equal(again.error, "GROUP_IN_PROGRESS");
  }));
