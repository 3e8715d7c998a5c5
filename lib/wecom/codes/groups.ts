/** Codes about customer groups, their QR codes, their transfer, and internal rooms. */
import { ADMIN, declined, gone, mend, mistake, PLACE, SELF } from "./row.ts";

const REJECTED = "CHAT_REJECTED";

export const GROUP_CODES = {
  UNKNOWN_GROUP: gone(
    40050,
    REJECTED,
    "群不存在或群主不在应用可见范围",
    PLACE.scope,
    ADMIN,
  ),
  JOIN_WAY_TOO_MANY: mistake(41091, "一个群二维码最多关联 5 个群"),
  GROUP_DISSOLVED: gone(49008, REJECTED, "群已解散"),
  ROOM_INVALID: mistake(86001, "内部群的群 ID、名称、群主或成员不正确", 86008),
  ROOM_OF_OTHER_APP: mistake(86101, "内部群不是本应用创建的"),
  ROOM_REFUSED: mistake(86201, "内部群的操作不被接受", 86217),
  OWNER_NOT_DEPARTED: declined(90500, REJECTED, "原群主还没有离职"),
  NOT_CUSTOMER_GROUP: gone(90501, REJECTED, "该群不是客户群"),
  OWNER_DEPARTED: declined(90502, REJECTED, "原群主已经离职"),
  GROUP_FULL: declined(
    90503,
    REJECTED,
    "群人数已满或微信用户已达 99 人，需要群主在客户端确认",
    SELF,
  ),
  SAME_OWNER: declined(90504, REJECTED, "新群主就是现在的群主"),
  GROUP_IN_TRANSFER: declined(90507, REJECTED, "群正在转让中"),
  GROUP_TRANSFERRED: declined(90508, REJECTED, "群已经转让"),
  NO_CUSTOMER_GROUP: gone(90509, REJECTED, "该群不是企业微信客户群"),
  CORP_INACTIVE: mend(
    90510,
    "NO_CUSTOMER_CONTACT_PERMISSION",
    "企业超过一年没有使用企业微信",
    PLACE.corp,
  ),
  OPENGID_INVALID: gone(90511, REJECTED, "小程序给出的群 ID 无效"),
} as const;
