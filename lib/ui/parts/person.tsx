/**
 * A customer as the designer knows them. Avatars come from foreign hosts that
 * may be slow or gone: the initial stands below the picture, which hides
 * itself when it fails.
 */
import { contactName } from "../names.ts";
import type { Candidate } from "../../flows/schemas.ts";

export function Person(
  { of: { name, remark, phone, avatar, of } }: { of: Candidate },
) {
  const shown = contactName(remark.trim() || name);
  return (
    <>
      <span class="avatar" aria-hidden="true">
        {[...shown][0]}
        {avatar && (
          <img
            src={avatar}
            alt=""
            referrerpolicy="no-referrer"
            onError={({ currentTarget }) => currentTarget.hidden = true}
          />
        )}
      </span>
      <span class="weui-cell__bd">
        <b>
          <bdi>{shown}</bdi>
        </b>
        <small>
          {name.trim() && name !== shown && (
            <span>
              微信名 <bdi>{name}</bdi>
            </span>
          )}
          <span>{phone || "备注里没有手机号"}</span>
          {of && (
            <span>
              订单上的 <bdi>{of.name}</bdi>
            </span>
          )}
        </small>
      </span>
    </>
  );
}
