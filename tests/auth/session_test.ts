/** For whom a session holds, and while secrets change over. */
import assert from "node:assert/strict";
import { type Config, Secret } from "../../lib/config/mod.ts";
import {
  createSealer,
  openSession as open,
  renewSession,
  sealSession as seal,
  SESSION_SECONDS,
} from "../../lib/auth/session.ts";

const NOW = Date.UTC(2026, 10, 20, 1);
const [ONE, TWO, THREE] = ["1", "2", "3"].map((digit) =>
  new Secret(digit.repeat(32))
) as [Secret, Secret, Secret];
type Settings = Parameters<typeof createSealer>[0];
const wecom = { corpId: "ww1" } as Config["wecom"];
const HERE: Settings = {
  mode: "wecom",
  wecom,
  publicOrigin: "https://group.example.com",
  sessionSecret: ONE,
  sessionSecretPrevious: null,
};
type Sealer = ReturnType<typeof createSealer>;
const sealSession = (sealer: Sealer, who: { wxUserId: string }, now = NOW) =>
  seal(sealer, who, () => now);
const openSession = (sealer: Sealer, cookie: string, now = NOW) =>
  open(sealer, cookie, () => now);
const sealer = (settings: Partial<Settings> = {}, now = NOW) =>
  createSealer({ ...HERE, ...settings }, () => now);

Deno.test("A session holds for one mode, one company and one origin", async () => {
  const cookie = await sealSession(sealer(), { wxUserId: "zhangsan" });
  const opened = await openSession(sealer(), cookie);
  assert.equal(opened?.wxUserId, "zhangsan");
  const elsewhere: [string, Partial<Settings>][] = [
    ["the sandbox", { mode: "sandbox" }],
    ["another company", { wecom: { ...wecom, corpId: "ww2" } }],
    ["another origin", { publicOrigin: "https://group.example.com:8443" }],
  ];
  for (const [where, settings] of elsewhere) {
    assert.equal(await openSession(sealer(settings), cookie), null, where);
    const foreign = await sealSession(sealer(settings), { wxUserId: "x" });
    assert.equal(await openSession(sealer(), foreign), null, where);
  }
});

Deno.test("While secrets change over, sessions and sign-ins of both are accepted", async () => {
  const table: [string, Secret, Secret | null, boolean][] = [
    ["the same secret", ONE, null, true],
    ["it is the one before", TWO, ONE, true],
    ["it is the next one, told beforehand", ONE, TWO, true],
    ["the one before was taken out", TWO, null, false],
    ["it is neither", TWO, THREE, false],
  ];
  const session = await sealSession(sealer(), { wxUserId: "zhangsan" });
  const ticket = await sealer().seal({ state: "s" }, "login", 600);
  for (const [how, sessionSecret, sessionSecretPrevious, accepted] of table) {
    const there = sealer({ sessionSecret, sessionSecretPrevious });
    assert.equal(await openSession(there, session) !== null, accepted, how);
    assert.equal(await there.open(ticket, "login") !== null, accepted, how);
  }
  const fresh = await sealSession(
    sealer({ sessionSecret: TWO, sessionSecretPrevious: ONE }),
    { wxUserId: "zhangsan" },
  );
  assert.equal(await openSession(sealer(), fresh), null, "the new one seals");
});

Deno.test("A session that was opened before ends when its time is over", async () => {
  let now = NOW;
  const sealer = createSealer(HERE, () => now);
  const session = await sealSession(sealer, { wxUserId: "zhangsan" });
  const open = () => openSession(sealer, session);
  assert.equal((await open())?.wxUserId, "zhangsan");
  now = NOW + (SESSION_SECONDS - 1) * 1000;
  assert.equal((await open())?.wxUserId, "zhangsan");
  assert.equal(await sealer.open(session, "login"), null, "for another use");
  now = NOW + SESSION_SECONDS * 1000;
  assert.equal(await open(), null);
});

Deno.test("The secret before makes nothing older or other than it is", async () => {
  const changed = { sessionSecret: TWO, sessionSecretPrevious: ONE };
  const session = await sealSession(sealer(), { wxUserId: "zhangsan" });
  const later = NOW + (SESSION_SECONDS + 60) * 1000;
  assert.equal(await openSession(sealer(changed, later), session), null);
  assert.equal(await sealer(changed).open(session, "login"), null);
});

const MINUTE = 60_000;

Deno.test("A session is renewed by use, keeps its id, and ends with its day", async () => {
  const first = await sealSession(sealer(), { wxUserId: "zhangsan" });
  const fresh = await openSession(sealer(), first);
  assert.ok(fresh && !fresh.isAging && fresh.sessionId);
  let token = first;
  let at = NOW;
  let renewed = 0;
  for (;;) {
    at += 40 * MINUTE;
    const there = sealer({}, at);
    const session = await openSession(there, token, at);
    if (!session) break;
    assert.equal(session.sessionId, fresh.sessionId);
    assert.equal(session.untilMs, NOW + 12 * 60 * MINUTE);
    assert.ok(session.isAging);
    const next = await renewSession(there, session, () => at);
    assert.ok(next.seconds <= SESSION_SECONDS);
    ({ token } = next);
    renewed++;
  }
  assert.equal(renewed, 17, "until the day is over");
  const idle = NOW + SESSION_SECONDS * 1_000;
  assert.equal(await openSession(sealer({}, idle), first, idle), null);
});

Deno.test("A session of the release before holds, and gets an id when it is renewed", async () => {
  const old = await sealer().seal({ sub: "zhangsan" }, "session", 12 * 3_600);
  const session = await openSession(sealer(), old, NOW + 60 * MINUTE);
  assert.equal(session?.sessionId, null);
  assert.ok(session?.isAging);
  const { token } = await renewSession(sealer(), session, () => NOW);
  assert.ok((await openSession(sealer(), token))?.sessionId);
});
