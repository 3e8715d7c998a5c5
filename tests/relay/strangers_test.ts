/** What strangers cannot take from the app: its places, its rate, what was sent. */
import assert from "node:assert/strict";
import { createLog } from "../../lib/http/log.ts";
import { createRelay } from "../../lib/relay/relay.ts";
import { withStub } from "../support/stub_wecom.ts";
import {
  type Asked,
  BODY,
  KEY,
  PATH,
  send,
  signed,
  STRANGERS,
  withRelay,
} from "./support.ts";

/** A request whose body never comes, as it arrives. */
function dribbled({ path, method, headers }: Asked) {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(BODY.slice(0, 1)));
      end = () => controller.error(new Error("hung up"));
    },
  });
  const url = `http://relay${path}`;
  return {
    end: () => end(),
    request: new Request(url, { method, headers, body }),
  };
}

interface Scene {
  handle: (request: Request) => Promise<Response>;
  /** Bodies that were sent on. */
  sent: string[];
}

/** A relay that began a while ago, before a WeCom that says yes to all. */
function relay(
  { startedMs = Date.now() - 60_000, now = Date.now } = {},
): Scene {
  const sent: string[] = [];
  let at = () => startedMs;
  const handle = createRelay({
    secrets: [KEY],
    upstream: "https://qyapi.example",
    fetch: (_url, init) => {
      sent.push(new TextDecoder().decode(init?.body as Uint8Array));
      return Promise.resolve(Response.json({ errcode: 0 }));
    },
    now: () => at(),
    log: createLog("debug", () => {}),
  });
  at = now;
  return { handle, sent };
}

const requestOf = ({ path, method, headers, body }: Asked) =>
  new Request(`http://relay${path}`, { method, headers, body });

async function wordOf(answer: Response): Promise<[number, string]> {
  return [answer.status, (await answer.json()).error ?? "sent"];
}

Deno.test("Strangers whose bodies never come keep no place from the app", async () => {
  const { handle, sent } = relay();
  const unsigned: Asked = {
    method: "POST",
    path: PATH,
    headers: {},
    body: null,
  };
  for (let n = 0; n < 300; n++) {
    const asked = n % 2 === 0 ? unsigned : await signed({ secret: STRANGERS });
    // Answered at once: nothing of the body is waited for.
    const [status] = await wordOf(await handle(dribbled(asked).request));
    assert.equal(status, 401);
  }
  const mine = await handle(requestOf(await signed()));
  assert.deepEqual(await wordOf(mine), [200, "sent"]);
  assert.deepEqual(sent, [BODY]);
});

Deno.test("The same over the wire: the app is answered while strangers hang", () =>
  withStub((stub, wecom) =>
    withRelay(wecom, async (there) => {
      const { hostname, port } = new URL(there.base);
      const head = `POST ${PATH} HTTP/1.1\r\nhost: relay\r\n` +
        "content-length: 1000\r\n\r\n{";
      const hanging = await Promise.all(
        Array.from({ length: 250 }, async () => {
          const open = await Deno.connect({ hostname, port: Number(port) });
          await open.write(new TextEncoder().encode(head));
          return open;
        }),
      );
      const answer = await send(there, await signed());
      assert.equal(answer.status, 200, await answer.text());
      assert.equal(stub.calls.length, 1);
      for (const open of hanging) open.close();
    })
  ));

Deno.test("Requests that are proved have 200 places, and give them back", async () => {
  const { handle } = relay();
  const waiting = await Promise.all(Array.from({ length: 200 }, async () => {
    const one = dribbled(await signed());
    return { ...one, answer: handle(one.request) };
  }));
  const asked = async () => wordOf(await handle(requestOf(await signed())));
  assert.deepEqual(await asked(), [503, "busy"]);
  for (const { end, answer } of waiting) {
    end();
    assert.equal((await wordOf(await answer))[0], 400);
  }
  assert.deepEqual(await asked(), [200, "sent"]);
});

Deno.test("What is not proved, and what came before, uses up no rate", async () => {
  // A clock that stands: no rate comes back.
  const at = Date.now();
  const { handle } = relay({ now: () => at });
  const once = await signed();
  await wordOf(await handle(requestOf(once)));
  for (let n = 0; n < 2_100; n++) {
    const asked = n % 2 === 0 ? once : { ...once, headers: {} };
    assert.equal((await wordOf(await handle(requestOf(asked))))[0], 401);
  }
  const mine = await handle(requestOf(await signed()));
  assert.deepEqual(await wordOf(mine), [200, "sent"]);
});

Deno.test("What an app whose clock is ahead has signed is not sent on again after a restart", async () => {
  for (const aheadMs of [0, 1_000, 2_000, 3_000, 4_000, 20_000]) {
    const at = Date.now();
    const asked = await signed({ at: at + aheadMs });
    const before = relay({ now: () => at });
    const first = await wordOf(await before.handle(requestOf(asked)));
    const after = relay({ startedMs: at, now: () => at + 1_500 });
    const again = await wordOf(await after.handle(requestOf(asked)));
    assert.equal(first[0] === 200, aheadMs <= 2_000, `${aheadMs} ms ahead`);
    const sent = [first, again].filter(([status]) => status === 200);
    assert.ok(sent.length < 2, `${aheadMs} ms ahead`);
  }
});
