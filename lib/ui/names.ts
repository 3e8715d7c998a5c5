/**
 * Words for what has no name: a group in WeCom has none until somebody gives it
 * one (doc 92122), and a nickname may be blank.
 */
export const chatName = (name: string): string => name.trim() || "未命名的群";

export const contactName = (name: string): string =>
  name.trim() || "未命名客户";

/** Desktop clients have no screen for it. */
export const ADD_ON_PHONE = "添加客户请用手机企业微信打开这个订单";
