/**
 * Customer group statistics: per owner or per day, never per chat (92133). Span
 * ≤ 30 days inside yesterday … 180 days back, times floored to midnight of
 * China, ≤ 100 owners. Only `new_*` are of the span; all else is as of the end
 * of its last day, messages too. A span that reaches into today is 600018. What
 * people wrote is invented: the same for the same owner and day, and it adds up.
 */
import type { ApiContext, Endpoint } from "./context.ts";
import { needContactRight } from "./api_contacts.ts";
import { QyError } from "./errors.ts";
import { seededRandom } from "./ids.ts";
import { type Body, integer, object, strings } from "./params.ts";
import type { Chat } from "./types.ts";
import { CODE } from "../wecom/codes/mod.ts";

const DAY = 86_400;
const CHINA = 8 * 3600;
const midnight = (seconds: number) =>
  Math.floor((seconds + CHINA) / DAY) * DAY - CHINA;

interface Asked {
  from: number;
  to: number;
  owners: string[];
}

function read({ world, body, now }: ApiContext): Asked {
  needContactRight(world);
  const begin = integer(body, "day_begin_time", 0);
  if (begin <= 0) throw new QyError(CODE.PARAMETER_INVALID);
  const from = midnight(begin);
  const to = midnight(integer(body, "day_end_time", from));
  const today = midnight(Math.floor(now / 1000));
  if (to < from || to >= today || from < today - 180 * DAY) {
    throw new QyError(CODE.STATISTICS_TIME);
  }
  if (to - from > 29 * DAY) throw new QyError(CODE.PARAMETER_INVALID);
  const owners = strings(object(body, "owner_filter"), "userid_list") ?? [];
  if (owners.length === 0 || owners.length > 100) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  for (const userId of owners) {
    const staff = world.state.staff.get(userId);
    if (!staff) throw new QyError(CODE.UNKNOWN_MEMBER);
    if (!staff.visible) throw new QyError(CODE.OUT_OF_SCOPE);
  }
  return { from, to, owners };
}

function data(
  chats: readonly Chat[],
  from: number,
  to: number,
  salt: string,
): Body {
  const end = (to + DAY) * 1000;
  const there = chats.filter((chat) => chat.createdAt < end);
  const members = there.flatMap((chat) =>
    chat.members.filter((member) => member.joinedAt < end)
  );
  const since = Math.min(...there.map((chat) => chat.createdAt / 1000));
  const spoken = messages(salt, midnight(since), to);
  const active = spoken === 0 ? 0 : there.length;
  return {
    new_chat_cnt: there.filter((chat) => chat.createdAt >= from * 1000).length,
    chat_total: there.length,
    chat_has_msg: active,
    new_member_cnt:
      members.filter((member) => member.joinedAt >= from * 1000).length,
    member_total: members.length,
    member_has_msg: Math.min(members.length, active * 2),
    msg_total: spoken,
    migrate_trainee_chat_cnt: 0,
  };
}

/** All that was written until the end of a day, never less than the day before. */
function messages(salt: string, since: number, to: number): number {
  const seed = Array.from(salt).reduce(
    (sum, one) => Math.imul(sum, 31) + one.charCodeAt(0),
    7,
  );
  let sum = 0;
  for (let day = since; day <= to; day += DAY) {
    sum += Math.floor(seededRandom(seed + day / DAY)() * 8);
  }
  return sum;
}

export const statisticEndpoints: Readonly<Record<string, Endpoint>> = {
  "externalcontact/groupchat/statistic": {
    method: "POST",
    empty: { total: 0, next_offset: 0, items: [] },
    run(context) {
      const { from, to, owners } = read(context);
      const { world, body } = context;
      const offset = integer(body, "offset", 0);
      const limit = integer(body, "limit", 500);
      const orderBy = integer(body, "order_by", 1);
      if (
        limit < 1 || limit > 1000 || offset < 0 || orderBy < 1 || orderBy > 4
      ) {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      const field = [
        "new_chat_cnt",
        "chat_total",
        "new_member_cnt",
        "member_total",
      ][orderBy - 1] ??
        "new_chat_cnt";
      const sign = integer(body, "order_asc", 0) === 1 ? 1 : -1;
      const all = [...world.state.chats.values()].filter((chat) =>
        !chat.internal
      );
      const items = owners
        .map((owner) => ({
          owner,
          data: data(
            all.filter((chat) => chat.owner === owner),
            from,
            to,
            owner,
          ),
        }))
        .sort((a, b) => sign * (Number(a.data[field]) - Number(b.data[field])));
      const page = items.slice(offset, offset + limit);
      return {
        total: items.length,
        next_offset: offset + page.length,
        items: page,
      };
    },
  },
  "externalcontact/groupchat/statistic_group_by_day": {
    method: "POST",
    empty: { items: [] },
    run(context) {
      const { from, to, owners } = read(context);
      const named = new Set(owners);
      const chats = [...context.world.state.chats.values()]
        .filter((chat) => !chat.internal && named.has(chat.owner));
      const items: Body[] = [];
      for (let day = from; day <= to; day += DAY) {
        items.push({
          stat_time: day,
          data: data(chats, day, day, owners.join()),
        });
      }
      return { items };
    },
  },
};
