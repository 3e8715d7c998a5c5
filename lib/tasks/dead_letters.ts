/**
 * `deno task dead-letters`: lists the events that the worker gave up on; with
 * their numbers behind it, or `all`, makes them due again and works them off.
 */
import type { Inbox } from "../inbox/mod.ts";
import { services } from "../services.ts";
import { insist } from "./insist.ts";
import { say, tellFailure } from "./terminal.ts";

const MOST = 100;

async function deal(inbox: Inbox, asked: string[]): Promise<void> {
  const dead = await inbox.listDead({ limit: MOST });
  if (asked.length === 0) {
    if (dead.length === 0) say("没有处理失败的事件");
    for (const letter of dead) {
      say(
        `${letter.taskId}  ${letter.subject}  ${letter.diedAt.toISOString()}`,
      );
      say(`    试了 ${letter.attempts} 次：${letter.lastError}`);
      for (const { receivedAt, fields } of letter.events) {
        say(
          `    ${receivedAt}  ${fields.Event ?? ""} ${fields.ChangeType ?? ""}`,
        );
      }
    }
    return;
  }
  const chosen = asked.includes("all")
    ? dead.map((letter) => letter.taskId)
    : asked;
  for (const taskId of chosen) {
    const found = await inbox.replay(taskId);
    say(found ? `${taskId} 重新处理` : `${taskId} 不在列表里`);
  }
  await inbox.workOff();
  const left = await inbox.listDead({ limit: MOST });
  say(`还有 ${left.length} 个处理失败`);
}

if (import.meta.main) {
  try {
    const started = await insist(services);
    try {
      await deal(started.inbox, Deno.args);
    } finally {
      await started.close();
    }
  } catch (error) {
    tellFailure("dead_letters.failed", error);
    Deno.exit(1);
  }
}
