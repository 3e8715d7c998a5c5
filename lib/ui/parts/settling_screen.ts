/** The words while a group that was made is told, looked for and verified. */
import type { Actions } from "../actions.ts";
import type { Problem } from "../model.ts";
import { ended } from "../state/endings.ts";
import { isFinal } from "../state/recording.ts";
import type { At } from "../state/step.ts";
import type { Press, Screen } from "./panel.tsx";

/** The server has said no for good. */
function refused(problem: Problem, act: Actions): Screen {
  const none = problem.error === "GROUP_NOT_FOUND";
  const { reason, title = "没有找到这个群" } = ended(problem);
  const exists = problem.error === "GROUP_ALREADY_EXISTS";
  const label = none ? "重新建群" : exists ? "看订单的群" : "重新开始";
  const anew: Press = ["restart", label, act.recheck];
  return {
    title: !none ? "这个群没有记到订单上" : title,
    mark: "warn",
    problem,
    buttons: reason === "not_asked"
      ? [["retry", "再查一次", act.askAgain], anew]
      : [anew],
  };
}

export function settlingScreen(
  { problem, recorded, long, asked, busy }: At<"settling">,
  act: Actions,
): Screen {
  if (problem && isFinal(problem)) return refused(problem, act);
  if (problem) {
    return {
      title: recorded ? "暂时核对不了" : "群已建好，还没记到订单上",
      mark: "warn",
      text: "内容都存好了，连上网会自动补记，不用再建",
      problem,
      buttons: [["retry", "重试", act.askAgain]],
    };
  }
  return {
    title: recorded ? "正在和企业微信核对" : "正在记到订单上",
    mark: "wait",
    text: long
      ? "比平常久一些。可以先离开，核对好后会自动更新"
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
