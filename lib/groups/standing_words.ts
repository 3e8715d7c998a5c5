/**
 * What a person reads of a group that is not the order's yet: one that is being
 * made, one that may have been made, one that somebody made by hand.
 */
import type { Said } from "../flows/schemas.ts";
import { chatName } from "../ui/names.ts";

/** `mine`: the same person's, on another page. */
export function tellUnderWay(mine: boolean, byName: string): Said {
  return mine
    ? {
      title: "您在另一个页面正在建这个群",
      text: "那边建好后可以在这里打开；不在那边建了，就在这里继续",
    }
    : { title: `${byName}正在建这个群`, text: "建好后可以在这里打开" };
}

/** One's own, from a page that is gone. */
export const UNFINISHED: Said = {
  title: "上次建群没有走完",
  text: "会话列表里已经有这个群的话，请点「群已建好」",
};

export function tellExisting(groupName: string, memberCount?: number): Said {
  const size = memberCount ? `，共 ${memberCount} 人` : "";
  return {
    title: "已经有一个群了",
    text: `您和这位客户已在「${chatName(groupName)}」里${size}。` +
      "关联到订单就行，不用再建。",
  };
}

export const tellGone = (groupName: string): string =>
  `原来的群「${chatName(groupName)}」已解散，可以重新建群`;
