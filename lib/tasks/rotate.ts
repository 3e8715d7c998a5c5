/**
 * `deno task rotate`: seals and hashes all numbers with `DATA_KEY`, reading what
 * `DATA_KEY_PREVIOUS` or an earlier release has sealed, and reads contacts anew
 * whose numbers were found by other rules. Runs beside the server, in batches;
 * interrupted, it is run again. Exit 1 while the key before is still needed.
 */
import { renewContacts } from "../contacts/renew_contacts.ts";
import type { Part } from "../owner/renewer.ts";
import { type Services, services } from "../services.ts";
import { insist } from "./insist.ts";
import { say, tellFailure } from "./terminal.ts";

const LABELS: Record<Part, string> = {
  orders: "订单",
  contacts: "联系人",
  remarks: "写入备注的号码",
};
const PARTS = Object.keys(LABELS) as Part[];
/** A line for so many rows. */
const EVERY = 10_000;

async function rotate(started: Services): Promise<boolean> {
  const { renewer, vault } = started;
  const todo = await renewer.left();
  const told: Record<Part, number> = { orders: 0, contacts: 0, remarks: 0 };
  const done = await renewer.run((part, renewed) => {
    if (renewed < told[part] + EVERY) return;
    told[part] = renewed;
    say(`${LABELS[part]}：已处理 ${renewed} 个号码，共 ${todo[part]} 个`);
  });
  for (const part of PARTS) {
    const { renewed, unreadable } = done[part];
    const lost = unreadable > 0
      ? `，${unreadable} 个用现有密钥都打不开（保持原样）`
      : "";
    say(`${LABELS[part]}：重新加密 ${renewed} 个号码${lost}`);
  }
  const left = await renewer.end();
  if (left > 0) {
    say(
      `还有进程在用旧密钥写入（刚刚又有 ${left} 个）：全部换成新密钥后再运行`,
    );
    return false;
  }
  say(`所有号码都用密钥 ${vault.keyId} 加密，可以去掉 DATA_KEY_PREVIOUS`);
  const { people, left: unread } = await renewContacts(
    started,
    (done, all) =>
      say(`重新读取员工的联系人：${done.people + done.left}/${all}`),
  );
  if (people + unread > 0) {
    say(`重新读取了 ${people} 位员工的联系人，剩 ${unread} 位由夜间同步继续`);
  }
  return true;
}

async function run(): Promise<boolean> {
  const started = await insist(services);
  try {
    return await rotate(started);
  } finally {
    await started.close();
  }
}

if (import.meta.main) {
  try {
    if (!await run()) Deno.exit(1);
  } catch (error) {
    tellFailure("rotate.failed", error);
    Deno.exit(1);
  }
}
