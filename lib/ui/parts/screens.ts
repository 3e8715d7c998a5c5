/**
 * The wording of every screen that says one thing: a step in, words and buttons
 * out, without any markup.
 */
import type { Actions } from "../actions.ts";
import { chatName } from "../names.ts";
import { extraChats } from "../state/presence.ts";
import type { At, Step } from "../state/step.ts";
import type { Press, Screen } from "./panel.tsx";
import { settlingScreen } from "./settling_screen.ts";

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
        text: "这个版本不能把客户拉进群",
      };
    case "syncing":
      return {
        title: "正在读取您的客户",
        text: step.reading?.note,
      };
    case "creating":
      return creating(step, act);
    case "settling":
      return settlingScreen(step, act);
    case "existing":
      return {
        title: "",
        ...step.existing.offer,
        problem: step.problem,
        busy: step.busy && "link-existing",
        buttons: [
          [
            "link-existing",
            "关联这个群",
            () => act.linkGroup(step.existing.chatId),
          ],
          ["create-another", "另建第二个群", act.createAnother],
        ],
      };
    case "several": {
      const one = step.candidates.length === 1;
      return {
        // It may fit another order as well, or the others are gone by now.
        title: one ? "是这个订单的群吗？" : "找到了几个群",
        text: !one &&
          (step.from ? "还没有人确认，" : "") + "请选出这个订单的群",
        problem: step.problem,
      };
    }
    case "occupied":
      return {
        ...step.told,
        id: "error-GROUP_IN_PROGRESS",
        mark: "wait",
        // In one place, which is read aloud when it changes.
        ...step.look && {
          text: step.look === "busy" ? "正在看…" : "还没有建好，请稍后再看",
        },
        problem: step.problem,
        busy: step.look === "busy" && "retry",
        buttons: [
          ["retry", "看看好了没有", act.recheck],
          ...step.own
            ? [["take-over", "在这里继续", act.proceed] as Press]
            : [],
        ],
      };
    case "unfinished":
      return {
        ...step.told,
        mark: "warn",
        buttons: [
          ["resume-create", "继续建群", act.proceed],
          ["already-made", "群已建好", act.saysMade],
          ["abandon", "放弃这一次", act.abandon],
        ],
      };
    case "done":
      return finished(step, act);
  }
}

function finished(step: At<"done">, act: Actions): Screen {
  const { group, busy } = step;
  const { groupName, missing = [], told } = group;
  const staff = missing.filter(({ kind }) => kind === "staff");
  const extra = extraChats(step);
  const open: Press = [
    "open-chat",
    "打开客户群",
    () => act.openChat(group.chatId),
  ];
  const add: Press = [
    "add-staff",
    `把${staff.map(({ name }) => name).join("、")}拉进群`,
    act.addStaff,
  ];
  return {
    title: told?.title ?? "客户群已建好",
    mark: missing.length || extra.length ? "warn" : "ok",
    id: "result-success",
    text: told?.text ?? `「${chatName(groupName)}」`,
    problem: extra.length
      ? {
        error: "GROUP_ALREADY_EXISTS",
        msg: `多建了 ${extra.length} 个群，请打开说明一下，再解散它`,
      }
      : step.problem,
    busy: busy && (told?.outside ? "retry" : "add-staff"),
    // What helps most comes first. Who is not in the group can do neither.
    buttons: [
      ...extra.map((chatId, index): Press => [
        "open-extra" + (index || ""),
        "打开多出来的群",
        () => act.openChat(chatId),
      ]),
      ...told?.outside
        ? [["retry", "看看好了没有", act.look] as Press]
        : !staff.length || !act.canInvite
        ? [open]
        : staff.length < missing.length
        ? [open, add]
        : [add, open],
      ...told?.welcome
        ? [["copy-welcome", "复制欢迎语", act.copyWelcome] as Press]
        : [],
    ],
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
      ? "会话列表里已经有这个群的话，请点「群已建好」"
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
