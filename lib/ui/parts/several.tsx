/** Groups that could be the order's, told apart by name, time and members. */
import type { At } from "../state/step.ts";
import type { StepProps } from "./step_view.tsx";
import { Way } from "./way.tsx";

export function Several({ step, act }: Omit<StepProps<At<"several">>, "live">) {
  const { candidates, busy } = step;
  return (
    <div class="weui-cells">
      {candidates.map(({ chatId, groupName, createdAt, memberNames }) => (
        <Way
          key={chatId}
          id={"chat-" + chatId}
          title={groupName || "未命名的群"}
          text={
            <>
              <span>{clock(createdAt)} 建群</span>
              <span>{memberNames.join("、")}</span>
            </>
          }
          busy={busy === chatId}
          disabled={!!busy}
          onClick={() => act.adopt(chatId)}
        />
      ))}
      <Way
        id="none-of-these"
        title="都不是"
        text="继续等企业微信查到这个群"
        disabled={!!busy}
        onClick={act.pass}
      />
    </div>
  );
}

/** In the phone's own time zone. */
function clock(time: string): string {
  return new Date(time).toLocaleString("zh-CN", {
    dateStyle: "short",
    timeStyle: "short",
  });
}
