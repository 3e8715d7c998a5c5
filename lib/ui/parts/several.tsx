/** Groups that could be the order's, told apart by name, time and members. */
import { chatName } from "../names.ts";
import type { At } from "../state/step.ts";
import { Option } from "./option.tsx";
import type { StepProps } from "./step_props.ts";

export function Several({ step, act, live }: StepProps<At<"several">>) {
  const { candidates, busy, from } = step;
  const off = !live || !!busy;
  return (
    <div class="weui-cells">
      {candidates.map(({ chatId, groupName, createdAt, memberNames }) => (
        <Option
          key={chatId}
          id={"chat-" + chatId}
          title={chatName(groupName)}
          text={
            <>
              <span>{live ? clock(createdAt) : "…"} 建群</span>
              <span>
                {memberNames.filter((name) => name.trim()).join("、")}
              </span>
            </>
          }
          busy={busy === chatId}
          disabled={off}
          onClick={() => act.linkGroup(chatId)}
        />
      ))}
      <Option
        id="none-of-these"
        title={candidates.length > 1 ? "都不是" : "不是"}
        text={from ? "重新建一个群" : "继续等企业微信查到这个群"}
        disabled={off}
        onClick={act.pass}
      />
    </div>
  );
}

/** In the phone's own time zone, which the server does not know. */
function clock(time: string): string {
  return new Date(time).toLocaleString("zh-CN", {
    dateStyle: "short",
    timeStyle: "short",
  });
}
