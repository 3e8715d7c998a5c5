/**
 * Who is in the group and who is not, as the server says it, and what to do by hand
 * when the client does not do it.
 */
import type { At } from "../state/step.ts";
import type { StepProps } from "./step_props.ts";

const HINTS: Record<NonNullable<At<"done">["hint"]>, string> = {
  open: "请在企业微信的会话列表里打开",
  add: "也可以打开群，在群设置里添加同事",
  still: "还没有看到您进群，请稍后再看",
  later: "已经拉了，成员名单过一会儿更新",
  copied: "已复制，打开群粘贴就能发",
  uncopied: "没能复制",
};

export function Missing({ step, act }: Omit<StepProps<At<"done">>, "live">) {
  const { hint, group: { missing = [], told } } = step;
  // Colleagues are put in on phones and on Windows (93223).
  const elsewhere = !act.canInvite && !told?.outside &&
    missing.some(({ kind }) => kind === "staff");
  return (
    <>
      <ul class="ticks">
        {told?.people.map(({ name, role, here }) => (
          <li key={name} class={here ? "here" : ""}>
            <bdi>{name}</bdi>
            <small>{role}</small>
          </li>
        ))}
      </ul>
      {told?.notes.map((note) => <p class="notice" key={note}>{note}</p>)}
      {elsewhere && (
        <p class="notice">
          Mac 上不能拉同事进群，请用手机或 Windows 打开这个订单
        </p>
      )}
      {/* Beside the button that it answers. */}
      {hint && <p class="notice" role="status">{HINTS[hint]}</p>}
    </>
  );
}
