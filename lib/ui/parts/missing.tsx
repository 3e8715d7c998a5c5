/**
 * Who belongs into the group and is not in it, why, and what to do by hand when
 * the client does not do it.
 */
import type { MissingMember } from "../../flows/schemas.ts";
import { isSameUser } from "../../staff/user_id.ts";
import { isOutside, roleOf } from "../state/presence.ts";
import type { At } from "../state/step.ts";
import type { StepProps } from "./step_props.ts";

export function Missing({ step, act }: Omit<StepProps<At<"done">>, "live">) {
  const { hint, group } = step;
  const { missing = [], members = [], owner, ownerStatus } = group;
  const { viewer } = act.model;
  const isViewer = ({ memberId }: MissingMember) =>
    isSameUser(memberId, viewer.wxUserId);
  const outside = isOutside(group, viewer.wxUserId);
  const colleagues = missing.filter((one) =>
    one.kind === "staff" && !isViewer(one)
  ).map(({ name }) => name).join("、");

  const viewerFirst = (a: MissingMember, b: MissingMember) =>
    Number(isViewer(b)) - Number(isViewer(a));

  /** Who left the company cannot help; whoever else is in the group can. */
  function helper(): string {
    const gone = ownerStatus === "owner_left" || ownerStatus === "transferring";
    const other = members.find((one) =>
      one.type === "staff" && !isSameUser(one.memberId, owner?.wxUserId ?? "")
    );
    return (gone ? other : owner)?.name ?? "群里的同事";
  }

  /** Who can put colleagues in, where the viewer cannot. */
  function otherWay(): string | null {
    if (!colleagues) return null;
    if (outside) return `请让${helper()}打开这个订单，把${colleagues}拉进群`;
    return act.canInvite
      ? null
      : "Mac 上不能拉同事进群，请用手机或 Windows 打开这个订单";
  }

  function lack(one: MissingMember): string {
    const { memberId, name, kind, reason } = one;
    const left = reason === "left" && "已经退群";
    if (isViewer(one)) {
      return `您${left || "还不在群里"}，请让${helper()}把您拉进群`;
    }
    if (kind === "customer") {
      return `客户${name}${left || "还没有进群"}${
        outside ? "" : "，请打开群再邀请一次"
      }`;
    }
    return roleOf(act.model, memberId) + name + (left ||
      (reason === "changed_on_order"
        ? "是建群以后定的，还不在群里"
        : "还没有进群"));
  }

  return (
    <>
      {[...missing].sort(viewerFirst).map((one) => (
        <p class="notice" key={one.memberId}>{lack(one)}</p>
      ))}
      {otherWay() && <p class="notice">{otherWay()}</p>}
      {/* Beside the button that it answers. */}
      {hint && (
        <p class="notice" role="status">
          {hint === "open"
            ? "请在企业微信的会话列表里打开"
            : hint === "add"
            ? "也可以打开群，在群设置里添加同事"
            : hint === "still"
            ? "还没有看到您进群，请稍后再看"
            : "已经拉了，成员名单过一会儿更新"}
        </p>
      )}
    </>
  );
}
