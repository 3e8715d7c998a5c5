/**
 * The wording of every screen that says one thing: a step in, words and buttons
 * out, without any markup.
 */
import type { Actions } from "../actions.ts";
import { chatName } from "../names.ts";
import { ended } from "../state/endings.ts";
import { isOutside } from "../state/presence.ts";
import { isFinal } from "../state/transitions.ts";
import type { At, Step } from "../state/step.ts";
import type { Problem } from "../model.ts";
import type { Press, Screen } from "./panel.tsx";

export function screenOf(
  step: Exclude<Step, { at: "choosing" | "picking" | "confirming" }>,
  act: Actions,
): Screen {
  switch (step.at) {
    case "outside":
      return {
        title: "请在企业微信里打开",
        id: "not-in-wecom",
        mark: "warn",
        text: step.copied === false
          ? "没能复制，请长按下面的链接"
          : "把链接发到企业微信，比如「文件传输助手」，再从那里点开",
        buttons: [["copy-link", step.copied ? "已复制" : "复制链接", act.copy]],
      };
    case "old":
      return {
        title: "请先升级企业微信",
        id: "error-CLIENT_TOO_OLD",
        mark: "warn",
        text: "这个版本不能把客户拉进群，升级后再打开这个页面",
      };
    case "syncing":
      return {
        title: "正在读取您的客户",
        text: step.seen
          ? `已读取 ${step.seen.toLocaleString()}${
            step.expected ? " / " + step.expected.toLocaleString() : ""
          } 位联系人`
          : "客户多的话要等一会儿",
      };
    case "creating":
      return creating(step, act);
    case "settling":
      return settling(step, act);
    case "existing": {
      const { groupName, memberCount } = step.existing;
      return {
        title: "已经有一个群了",
        text: `您和这位客户都在「${chatName(groupName)}」里${
          memberCount ? `，共 ${memberCount} 人` : ""
        }。关联到订单就行，不用再建。`,
        problem: step.problem,
        busy: step.busy && "link-group",
        buttons: [
          ["link-group", "关联这个群", () => act.adopt(step.existing.chatId)],
          ["create-anyway", "仍要新建", () => act.create(true)],
        ],
      };
    }
    case "several": {
      const one = step.candidates.length === 1;
      return {
        title: one ? "是这个群吗？" : "找到了几个群",
        // One alone that is asked about fits another order as well.
        text: one
          ? "它也可能是这位客户另一个订单的群，请您确认"
          : step.from
          ? "上次建群以后还没有人确认，请选出这个订单的群"
          : "请选出这个订单的群",
        problem: step.problem,
      };
    }
    case "occupied":
      return {
        title: `${step.byName}正在建这个群`,
        id: "error-GROUP_IN_PROGRESS",
        mark: "wait",
        // In one place, which is read aloud when it changes.
        text: step.look === "busy"
          ? "正在看…"
          : step.look
          ? "还没有建好，请稍后再看"
          : "建好后可以在这里打开",
        problem: step.problem,
        busy: step.look === "busy" && "retry",
        buttons: [["retry", "看看好了没有", act.recheck]],
      };
    case "unfinished":
      return {
        title: "上次建群没有走完",
        mark: "warn",
        text: "如果会话列表里已经有这个群，请点「群已建好」，免得再建一个",
        buttons: [
          ...step.customerId
            ? [["resume-create", "继续建群", act.proceed] as Press]
            : [],
          ["already-made", "群已建好", act.saysMade],
          ["abandon", "放弃这一次", act.abandon],
        ],
      };
    case "done":
      return finished(step, act);
  }
}

function finished({ group, busy, problem }: At<"done">, act: Actions): Screen {
  const { groupName, members, customerJoined, missing = [] } = group;
  const staff = missing.filter(({ kind }) => kind === "staff");
  const outside = isOutside(group, act.model.viewer.wxUserId);
  const open: Press = ["open-chat", "打开客户群", act.openChat];
  const add: Press = [
    "add-staff",
    `把${staff.map(({ name }) => name).join("、")}拉进群`,
    act.addStaff,
  ];
  return {
    title: missing.length ? "群已建好，还有人没进群" : "客户群已建好",
    mark: missing.length ? "warn" : "ok",
    id: "result-success",
    text: `「${chatName(groupName)}」` +
      (members ? `，${members.length} 人` : "") +
      (customerJoined
        ? "，客户已进群"
        // Who exactly, and why, stands below.
        : members && staff.length === missing.length
        ? "，客户还没有进群"
        : ""),
    problem,
    busy: busy && (outside ? "retry" : "add-staff"),
    // What helps most comes first. Who is not in the group can do neither.
    buttons: outside
      ? [["retry", "看看好了没有", act.look]]
      : !staff.length || !act.canInvite
      ? [open]
      : staff.length < missing.length
      ? [open, add]
      : [add, open],
  };
}

function creating(
  { slow, problem, prepared }: At<"creating">,
  act: Actions,
): Screen {
  const made: Press = ["already-made", "群已建好", act.saysMade];
  const again: Press = ["retry", "重试", act.confirm];
  return {
    title: problem
      ? "群没有建成"
      : slow
      ? "还在等待企业微信"
      : "正在企业微信里建群",
    mark: problem ? "warn" : "wait",
    text: slow
      ? "如果群已经建好，请点「群已建好」"
      : `「${chatName(prepared.groupName)}」`,
    problem,
    ...(slow || problem) && {
      buttons: [
        ...problem ? [again] : [made, again],
        // Only an unclear answer leaves open whether there is a group.
        ...problem?.error === "CLIENT_REFUSED" ? [made] : [],
        ["give-up", "取消", act.cancel] as Press,
      ],
    },
  };
}

function lacksPeople({ error, details }: Problem): boolean {
  return error === "CHAT_REJECTED" &&
    (details as { reason?: string })?.reason === "missing_members";
}

/** By what the server says of the end; else nothing was found. */
const ENDED: Record<string, string> = {
  not_asked: "还不知道群建好没有",
  not_reported: "群没有建好",
  cancelled: "建群已取消",
  dismissed: "群已解散",
};

function settling(
  { problem, recorded, long, asked, busy }: At<"settling">,
  act: Actions,
): Screen {
  const again: Screen["buttons"] = [["retry", "重试", act.askAgain]];
  if (problem && isFinal(problem)) {
    const none = problem.error === "GROUP_NOT_FOUND";
    const { reason = "" } = ended(problem);
    if (problem.error === "FORBIDDEN") {
      return {
        title: "这个订单现在不归您负责",
        mark: "warn",
        text: "已经建好的群会自动记到订单上",
        problem,
        buttons: [["retry", "重新打开", () => location.reload()]],
      };
    }
    const exists = problem.error === "GROUP_ALREADY_EXISTS";
    const label = none ? "重新建群" : exists ? "看订单的群" : "重新开始";
    const anew: Press = ["restart", label, act.recheck];
    return {
      title: !none ? "这个群没有记到订单上" : ENDED[reason] ?? "没有找到这个群",
      mark: "warn",
      // A group that is complete by then is found, and is the order's.
      problem: lacksPeople(problem)
        ? { ...problem, msg: `${problem.msg}。先把人拉进群，再点「重新开始」` }
        : problem,
      buttons: reason === "not_asked"
        ? [["retry", "再查一次", act.askAgain], anew]
        : [anew],
    };
  }
  if (problem) {
    return {
      title: recorded ? "暂时核对不了" : "群已建好，还没记到订单上",
      mark: "warn",
      text: "内容都存在手机里，连上网会自动补记，不用再建",
      problem,
      buttons: again,
    };
  }
  return {
    title: recorded ? "正在和企业微信核对" : "正在记到订单上",
    mark: "wait",
    text: long
      ? "比平常久一些。可以先离开，核对好后订单会自动更新"
      : asked.groupName && `「${asked.groupName}」`,
    busy: !!busy && "not-made",
    ...long && {
      buttons: [
        ["retry", "再查一次", act.askAgain],
        // What has an id was made.
        ...asked.mine && asked.intentId && !asked.chatId
          ? [["not-made", "群没有建成", act.notMade] as Press]
          : [],
      ],
    },
  };
}
