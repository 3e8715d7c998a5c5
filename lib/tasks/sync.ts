/**
 * `deno task sync`: the nightly run, now. Goes on with a run that was cut, and
 * prints what it did. Exit 1 when it could not come to its end. The embedded
 * database belongs to one process: stop the server first, or use Postgres.
 */
import { runNight } from "../reconcile/run_night.ts";
import type { Counts, RunReport, Step } from "../reconcile/run_report.ts";
import { type Services, services } from "../services.ts";
import { insist } from "./insist.ts";
import { say, tellFailure } from "./terminal.ts";

/** The run saves how far it is every 15 s. */
const TOLD_EVERY_MS = 5_000;

const LABELS: Record<keyof Counts, string> = {
  owners: "群主",
  listed: "列出的群",
  fetched: "读取的群",
  added: "新发现",
  changed: "有变化",
  unchanged: "无变化",
  dismissed: "已解散",
  bound: "找回并关联订单",
  expired: "建群超时",
  people: "同步联系人的员工",
  contacts: "联系人",
  peopleLeft: "时间不够、留到下次同步的员工",
  peopleHidden: "已离职或没有客户联系权限、联系人不再有效的员工",
};

const STATES: Record<RunReport["state"], string> = {
  running: "进行中",
  done: "完成",
  cut: "中断，再次运行会从中断处继续",
  failed: "失败",
};

const STEPS: Record<Step, string> = {
  creations: "处理进行中的建群",
  lists: "列出客户群",
  groups: "读取客户群",
  late: "处理到期的建群",
  contacts: "读取联系人",
};

/** How far a run is, in a line; "" when it cannot be told. */
export function describeProgress({ progress }: RunReport): string {
  if (!progress) return "";
  const { step, done, of } = progress;
  return of === 0 ? STEPS[step] : `${STEPS[step]}：${done} / ${of}`;
}

/** The report as lines for a person. */
export function describe(report: RunReport): string[] {
  const { counts, calls, errors, startedAt, endedAt } = report;
  const seconds = endedAt && (endedAt.getTime() - startedAt.getTime()) / 1000;
  const labels = Object.entries(LABELS) as [keyof Counts, string][];
  return [
    `同步${STATES[report.state]}${
      seconds === null ? "" : `，用时 ${seconds} 秒`
    }`,
    ...labels.map(([name, label]) => `  ${label}：${counts[name]}`),
    "企业微信接口调用：",
    ...lines(calls),
    ...(Object.keys(errors).length > 0 ? ["错误：", ...lines(errors)] : []),
  ];
}

function lines(numbers: Record<string, number>): string[] {
  return Object.entries(numbers).map(([name, count]) => `  ${name}：${count}`);
}

/** Prints how far the run is, whenever that has changed. */
function followed({ reconciler }: Pick<Services, "reconciler">): () => void {
  let told = "";
  const timer = setInterval(async () => {
    const latest = await reconciler.latest().catch(() => null);
    const line = latest?.state === "running" ? describeProgress(latest) : "";
    if (line !== "" && line !== told) say(line);
    told = line;
  }, TOLD_EVERY_MS);
  return () => clearInterval(timer);
}

async function sync(): Promise<boolean> {
  const started = await insist(services);
  const unfollow = followed(started);
  try {
    const report = await runNight(started, "task");
    if (!report) {
      say("另一个进程正在同步，无需重复运行");
      return true;
    }
    for (const line of describe(report)) say(line);
    return report.state === "done";
  } finally {
    unfollow();
    await started.close();
  }
}

if (import.meta.main) {
  try {
    if (!await sync()) Deno.exit(1);
  } catch (error) {
    tellFailure("sync.failed", error);
    Deno.exit(1);
  }
}
