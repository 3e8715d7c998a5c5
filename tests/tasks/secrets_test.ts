/**
 * A careless `DATABASE_URL`, and one that nobody answers: each task names the
 * variable, and shows nothing of it.
 */
import assert from "node:assert/strict";

const KEY = "data-key-0123456789-ABCDEFGHIJKLMN";
const TASKS = {
  migrate: "#",
  serve: "%",
  sync: "/",
  dead_letters: "?",
  rotate: "@",
};

async function run(task: string, url: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `lib/tasks/${task}.ts`],
    cwd: new URL("../../", import.meta.url),
    env: {
      DATABASE_URL: url,
      WECOM_CORP_ID: "ww1",
      WECOM_AGENT_ID: "1",
      WECOM_SECRET: "s",
      SESSION_SECRET: `session-${KEY}`,
      DATA_KEY: KEY,
      PUBLIC_ORIGIN: "http://localhost:8000",
    },
  }).output();
  const text = new TextDecoder();
  return { code, shown: text.decode(stdout) + text.decode(stderr) };
}

function expectHidden(shown: string, parts: string[]): void {
  for (const part of parts) assert.ok(!shown.includes(part), shown);
}

for (const [task, character] of Object.entries(TASKS)) {
  Deno.test(`${task} names DATABASE_URL and never shows it`, async () => {
    const url = `postgres://app:S3cr${character}tPass@127.0.0.1:1/app`;
    const { code, shown } = await run(task, url);
    assert.equal(code, 1, shown);
    assert.match(shown, /DATABASE_URL .*percent-encoded/);
    expectHidden(shown, ["S3cr", "tPass", "127.0.0.1", "app:"]);
  });
}

Deno.test("Each task says that nobody answers, in a sentence without the address", async () => {
  const url = "postgres://someUser:tPass@127.0.0.1:1/someBase";
  await Promise.all(
    Object.keys(TASKS).map(async (task) => {
      const { code, shown } = await run(task, url);
      assert.equal(code, 1, shown);
      assert.match(shown, /DATABASE_URL \(ECONNREFUSED\)\n$/);
      expectHidden(shown, ["someUser", "tPass", "127.0.0.1", "someBase", '{"']);
    }),
  );
});
