/** A careless `DATABASE_URL`: each task names the variable, and shows nothing of it. */
import assert from "node:assert/strict";

const KEY = "0123456789abcdef0123456789abcdef";
const TASKS = {
  migrate: "#",
  serve: "%",
  sync: "/",
  dead_letters: "?",
  rotate: "@",
};

for (const [task, character] of Object.entries(TASKS)) {
  Deno.test(`${task} names DATABASE_URL and never shows it`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `lib/tasks/${task}.ts`],
      cwd: new URL("../../", import.meta.url),
      env: {
        DATABASE_URL: `postgres://app:S3cr${character}tPass@127.0.0.1:1/app`,
        WECOM_CORP_ID: "ww1",
        WECOM_AGENT_ID: "1",
        WECOM_SECRET: "s",
        SESSION_SECRET: KEY,
        DATA_KEY: KEY,
      },
    }).output();
    const shown = new TextDecoder().decode(stdout) +
      new TextDecoder().decode(stderr);
    assert.equal(code, 1, shown);
    assert.match(shown, /DATABASE_URL .*percent-encoded/);
    for (const part of ["S3cr", "tPass", "127.0.0.1", "app:"]) {
      assert.ok(!shown.includes(part), shown);
    }
  });
}
