/**
 * What a call does when WeCom errs, hangs or answers nonsense: judged, tried again as often as the code
 * allows, and told in one error without anything secret.
 */
import assert from "node:assert/strict";
import {
  batchGetByUser,
  getContact,
  getFollowUserList,
  getGroupChat,
  getUserInfo,
  remarkContact,
  REMEDIES,
  WecomError,
} from "../../lib/wecom/mod.ts";
import {
  type Answer,
  clientWith,
  fakeClock,
  fakeWecom,
  memoryCache,
  ok,
  refuse,
  SECRET,
  settle,
} from "./support.ts";

const LIST = "externalcontact/get_follow_user_list";
const followers = ok({ follow_user: ["u1"] });

/** A client whose member list answers as told; the first token is there already. */
async function setup(answer: Answer, name = LIST) {
  const clock = fakeClock();
  const store = await memoryCache(clock);
  const wecom = fakeWecom({ [name]: answer });
  const client = clientWith(wecom, clock, store.cache);
  await client.ready();
  return {
    clock,
    wecom,
    client,
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

async function failure(work: Promise<unknown>): Promise<WecomError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof WecomError, String(error));
    return error;
  }
  assert.fail("nothing was thrown");
}

const list = { call: getFollowUserList, input: undefined };

Deno.test("a call sends the token in the query and the input where the document says", async () => {
  using world = await setup(() => ok({}), "externalcontact/batch/get_by_user");
  await world.client.call(batchGetByUser, { wxUserIds: ["u1"], cursor: "c" });
  const asked = world.wecom.asked.at(-1);
  assert.equal(asked?.url.searchParams.get("access_token"), "token-1");
  assert.equal(asked?.url.origin, "https://qyapi.test");
  assert.deepEqual(asked?.body, {
    userid_list: ["u1"],
    cursor: "c",
    limit: 100,
  });
  const [gettoken] = world.wecom.asked;
  assert.deepEqual(Object.fromEntries(gettoken?.url.searchParams ?? []), {
    corpid: "ww0123456789abcdef",
    corpsecret: SECRET,
  });
  assert.equal(world.clock.pending(), 0, "no timer stays behind");
});

Deno.test("an error with empty lists in it is an error, not an empty answer", async () => {
  using world = await setup(() => ({ ...refuse(48002), follow_user: [] }));
  const error = await failure(world.client.call(list.call, list.input));
  assert.equal(error.errcode, 48002);
  assert.equal(error.errorName, "NO_CUSTOMER_CONTACT_PERMISSION");
  assert.equal(error.remedy, "config");
  assert.match(error.advice, /可调用接口的应用/);
});

for (const code of [48002, 60011, 84074]) {
  Deno.test(`${code} surfaces as a missing permission`, async () => {
    using world = await setup(() => refuse(code));
    const error = await failure(world.client.call(list.call, list.input));
    assert.equal(error.errorName, "NO_CUSTOMER_CONTACT_PERMISSION");
    assert.equal(world.wecom.count(LIST), 1);
  });
}

for (const code of [40050, 49008, 90501, 40096, 84061, 40003, 60111]) {
  Deno.test(`${code} says that something is gone, and is not tried again`, async () => {
    using world = await setup(
      () => refuse(code),
      "externalcontact/groupchat/get",
    );
    const error = await failure(
      world.client.call(getGroupChat, { chatId: "wr1" }),
    );
    assert.equal(error.remedy, "gone");
    assert.equal(error.errcode, code);
    assert.equal(world.wecom.count("externalcontact/groupchat/get"), 1);
  });
}

Deno.test("60020 names the address that has to be trusted", async () => {
  const errmsg =
    "not allow to access from your ip, hint: [1625642325459854571527892], " +
    "from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=60020";
  using world = await setup(() => refuse(60020, errmsg));
  const error = await failure(world.client.call(list.call, list.input));
  assert.equal(error.errorName, "WECOM_IP_NOT_TRUSTED");
  assert.equal(error.ip, "203.0.113.7");
  assert.match(error.advice, /203\.0\.113\.7.*企业可信IP/);
  assert.match(error.message, /hint: \[1625642325459854571527892\]/);
});

Deno.test("a spent login code asks the person to come in again", async () => {
  for (const code of [40029, 42003, 42022]) {
    using world = await setup(() => refuse(code), "auth/getuserinfo");
    const error = await failure(
      world.client.call(getUserInfo, { code: "abc" }),
    );
    assert.equal(error.errorName, "UNAUTHENTICATED");
    assert.equal(world.wecom.count("auth/getuserinfo"), 1);
  }
});

const RETRIES: [string, Answer, number, number[], Partial<WecomError>][] = [
  ["busy", () => refuse(-1), 4, [200, 400, 800], {
    errorName: "WECOM_UNAVAILABLE",
  }],
  ["too many at once", () => refuse(45033), 4, [500, 1000, 2000], {
    errorName: "RATE_LIMITED",
    retryAfterSeconds: 5,
  }],
  ["too often", () => refuse(45009), 1, [], {
    errorName: "RATE_LIMITED",
    retryAfterSeconds: 60,
  }],
  ["a refused connection", () => new TypeError("refused"), 2, [200], {
    failure: "network",
  }],
  ["HTTP 502", () => new Response("bad gateway", { status: 502 }), 2, [200], {
    status: 502,
  }],
  ["HTTP 404", () => new Response(null, { status: 404 }), 1, [], {
    failure: "http",
  }],
  ["a redirect", () => new Response(null, { status: 301 }), 1, [], {
    failure: "http",
  }],
  ["an HTML page", () => "<html>maintenance</html>", 1, [], {
    failure: "garbage",
  }],
  ["an empty answer", () => "", 1, [], { failure: "garbage" }],
  ["JSON that is no object", () => "[1]", 1, [], { failure: "garbage" }],
  ["an unknown code", () => refuse(99999), 1, [], { errcode: 99999 }],
];

for (const [what, answer, calls, pauses, fields] of RETRIES) {
  Deno.test(`${what}: ${calls} tries in all, then a clear error`, async () => {
    using world = await setup(answer);
    const error = await failure(world.client.call(list.call, list.input));
    assert.equal(world.wecom.count(LIST), calls);
    assert.equal(world.clock.slept.length, pauses.length);
    world.clock.slept.forEach((ms, i) => {
      const pause = pauses[i] ?? 0;
      assert.ok(ms >= pause * 0.75 && ms <= pause * 1.25, `pause ${i}: ${ms}`);
    });
    const wanted = { errorName: "WECOM_UNAVAILABLE", ...fields };
    for (const [name, value] of Object.entries(wanted)) {
      assert.equal(error[name as keyof WecomError], value, name);
    }
  });
}

Deno.test("a failure that passes is not noticed", async () => {
  const passing: Answer[] = [
    (_, nth) => nth < 4 ? refuse(-1) : followers,
    (_, nth) => nth < 2 ? new TypeError("reset") : followers,
    (_, nth) => nth < 2 ? new Response(null, { status: 500 }) : followers,
  ];
  for (const answer of passing) {
    using world = await setup(answer);
    const { wxUserIds } = await world.client.call(list.call, list.input);
    assert.deepEqual(wxUserIds, ["u1"]);
  }
});

/** Never answers, but hears that nobody listens any more. */
const hangs: Answer = ({ signal }) =>
  new Promise<Response>((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });

Deno.test("a hanging call ends after its own time and is not repeated", async () => {
  using world = await setup(hangs);
  const error = failure(world.client.call(list.call, list.input));
  await settle();
  assert.equal(world.clock.fire(6_000), 1);
  assert.equal((await error).failure, "timeout");
  assert.equal((await error).errorName, "WECOM_UNAVAILABLE");
  assert.equal(world.wecom.count(LIST), 1);
  assert.equal(world.clock.pending(), 0);
});

Deno.test("a call takes 12 s at most, from its turn on: to stand in line is no failure", async () => {
  let hanging = true;
  using world = await setup(() =>
    hanging ? new Promise<Response>(() => {}) : followers
  );
  const first = Array.from(
    { length: 4 },
    () => failure(world.client.call(list.call, list.input)),
  );
  const later = Array.from(
    { length: 5 },
    () => world.client.call(list.call, list.input),
  );
  await settle();
  assert.equal(world.wecom.count(LIST), 4, "the endpoint's own bound");
  hanging = false;
  assert.equal(world.clock.fire(12_000), 4, "nobody's who waits");
  for (const error of await Promise.all(first)) {
    assert.equal(error.failure, "timeout");
    assert.equal(error.errorName, "WECOM_UNAVAILABLE");
  }
  assert.equal((await Promise.all(later)).length, 5);
  assert.equal(world.wecom.count(LIST), 9);
  assert.equal(world.clock.pending(), 0);
});

Deno.test("what is done at the turn is done when the turn has come, and asks in it", async () => {
  const open: (() => void)[] = [];
  using world = await setup(() =>
    new Promise<Response>((resolve) =>
      open.push(() => resolve(Response.json(followers)))
    )
  );
  const { client } = world;
  const held = Array.from(
    { length: 4 },
    () => client.call(list.call, list.input),
  );
  await settle();
  const looks: ({ ahead: number } | null)[] = [];
  let turns = 0;
  const takeTurn = () =>
    client.inTurn(
      list.call,
      { onLine: (look) => looks.push(look && look()) },
      async () => {
        turns++;
        await client.call(list.call, list.input);
        await client.call(list.call, list.input);
      },
    );
  const waiting = [takeTurn(), takeTurn()];
  await settle();
  assert.equal(turns, 0);
  assert.deepEqual(looks.map((look) => look?.ahead), [0, 1]);
  for (; open.length > 0; await settle()) open.shift()?.();
  await Promise.all([...held, ...waiting]);
  assert.equal(turns, 2);
  assert.deepEqual(looks.slice(2), [null, null], "in line no more");
  assert.equal(world.wecom.count(LIST), 8);
});

Deno.test("a caller may leave, in flight or in the queue, and its place is free again", async () => {
  using world = await setup((asked, nth) =>
    nth <= 4 ? hangs(asked, nth) : followers
  );
  const controller = new AbortController();
  const { signal } = controller;
  const left = Array.from(
    { length: 6 },
    () => failure(world.client.call(list.call, list.input, { signal })),
  );
  await settle();
  const patient = world.client.call(list.call, list.input);
  controller.abort();
  for (const error of await Promise.all(left)) {
    assert.equal(error.failure, "aborted");
  }
  assert.deepEqual((await patient).wxUserIds, ["u1"]);
  assert.equal(
    (await failure(world.client.call(list.call, list.input, { signal })))
      .failure,
    "aborted",
  );
  assert.equal(world.wecom.count(LIST), 5);
});

Deno.test("each endpoint keeps its own bound and everyone has a turn", async () => {
  let running = 0;
  let most = 0;
  using world = await setup(async () => {
    most = Math.max(most, ++running);
    await settle();
    running--;
    return Response.json(ok({ external_contact_list: [] }));
  }, "externalcontact/batch/get_by_user");
  const calls = Array.from(
    { length: 11 },
    () => world.client.call(batchGetByUser, { wxUserIds: ["u"] }),
  );
  assert.equal((await Promise.all(calls)).length, 11);
  assert.equal(most, 2);
});

Deno.test("a mistake of our own is not passed off as WeCom's", async () => {
  using world = await setup(() => followers);
  const broken: typeof getFollowUserList = {
    ...getFollowUserList,
    query: () => {
      throw new TypeError("mistake");
    },
  };
  await assert.rejects(world.client.call(broken, undefined), /mistake/);
});

Deno.test("nothing secret is in an error, its causes or the log", async () => {
  const token = "tOkEn0123456789abcdefABCDEF-_0123456789";
  const phone = "13800138000";
  const code = "cOdE-0123456789";
  const leaks: Answer[] = [
    ({ url }) =>
      new TypeError(`error sending request for url (${url}): refused`, {
        cause: new Error(`connect ${url.search} secret ${SECRET}`),
      }),
    ({ url }) =>
      refuse(
        40058,
        `bad ${
          url.searchParams.get("access_token")
        } ${phone} +86 138-0013-8000`,
      ),
    ({ url }) =>
      refuse(
        40029,
        `invalid code ${url.searchParams.get("code")}, secret ${SECRET}`,
      ),
    ({ url }) => `<html>${url}</html>`,
    () => ok({ external_contact: { external_userid: [1], token, phone } }),
  ];
  const clock = fakeClock();
  using store = await memoryCache(clock);
  for (const leak of leaks) {
    const wecom = fakeWecom({
      gettoken: () => ok({ access_token: token, expires_in: 7200 }),
      "externalcontact/remark": leak,
      "externalcontact/get": leak,
      "auth/getuserinfo": leak,
    });
    const client = clientWith(wecom, clock, store.cache);
    const errors = [
      await failure(client.call(getContact, { externalUserId: "wm1" })),
      await failure(client.call(getUserInfo, { code })),
    ];
    const remark = {
      wxUserId: "u",
      externalUserId: "wm1",
      remarkMobiles: [phone],
    };
    await client.call(remarkContact, remark).catch((error) =>
      errors.push(error)
    );
    const written = Deno.inspect([errors, client.logged], {
      depth: 20,
      strAbbreviateSize: 10_000,
    }) +
      errors.map((error) => `${error.stack} ${JSON.stringify(error)}`).join();
    for (
      const secret of [
        SECRET,
        token,
        code,
        phone,
        "138-0013-8000",
        "access_token=",
        "corpsecret=",
      ]
    ) {
      assert.ok(!written.includes(secret), `${secret} in ${written}`);
    }
  }
});

Deno.test("wrong secrets in the error of gettoken are cleaned as well", async () => {
  const clock = fakeClock();
  using store = await memoryCache(clock);
  const wecom = fakeWecom({
    gettoken: ({ url }) =>
      new TypeError(`error sending request for url (${url})`),
  });
  const client = clientWith(wecom, clock, store.cache);
  const error = await failure(client.ready());
  assert.equal(error.failure, "network");
  assert.ok(
    !Deno.inspect([error, client.logged], { depth: 20 }).includes(SECRET),
  );
});

Deno.test("the remedy table is complete, sorted and in Chinese", () => {
  const codes = REMEDIES.map((r) => r.code);
  assert.deepEqual(codes, [...new Set(codes)].sort((a, b) => a - b));
  for (const { code, cause, who } of REMEDIES) {
    assert.match(cause, /\p{Script=Han}/u, String(code));
    assert.ok(who.length > 0);
  }
});
