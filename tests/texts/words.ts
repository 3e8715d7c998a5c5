/**
 * One word for one thing, in all that people read. What is on the left is not used;
 * what is said instead, and for what, is on the right.
 */
export interface Word {
  /** What must not stand in a text. */
  not: RegExp;
  /** Shown in the list: what it catches, in words. */
  instead_of: string;
  say: string;
  /** For which thing. */
  of: string;
}

export const WORDS: readonly Word[] = [
  {
    not: /用户|顾客|买家|业主|粉丝|会员/,
    instead_of: "用户、顾客、业主",
    say: "客户",
    of: "the person whose order it is",
  },
  {
    not: /好友|外部联系人/,
    instead_of: "好友、外部联系人",
    say: "联系人",
    of: "who is in a colleague's WeCom, before it is known whose order it is",
  },
  {
    not: /导购|销售|顾问/,
    instead_of: "导购、销售、顾问",
    say: "设计师",
    of: "who has the order",
  },
  {
    not: /(?<!群)成员(?!名单)|职工|雇员/,
    instead_of: "成员、职工",
    say: "员工；同事",
    of: "staff: to admins; to one another",
  },
  {
    not: /群聊|聊天群|讨论组|微信群/,
    instead_of: "群聊、微信群",
    say: "客户群；群",
    of: "the group of an order",
  },
  {
    not: /创建群|(?<!重)新建群|拉群|组群/,
    instead_of: "创建群、拉群",
    say: "建群",
    of: "making it",
  },
  {
    not: /绑定/,
    instead_of: "绑定",
    say: "关联",
    of: "saying that a group is an order's",
  },
  {
    not: /重新发起/,
    instead_of: "重新发起",
    say: "重新建群",
    of: "making it after one that came to nothing",
  },
  {
    not: /重新加载|重载|更新联系人|同步联系人/,
    instead_of: "重新加载、同步联系人",
    say: "刷新",
    of: "reading again what is shown",
  },
  {
    not: /失败/,
    instead_of: "失败",
    say: "没有……",
    of: "what did not come about: it is named",
  },
  {
    not: /再试一次|请再试|再次尝试/,
    instead_of: "再试一次",
    say: "重试",
    of: "the same once more",
  },
  {
    not: /电话|手机号码|号码(?!，)/,
    instead_of: "电话、手机号码",
    say: "手机号",
    of: "the customer's number",
  },
  {
    not: /帐号|登陆|登出|注销/,
    instead_of: "帐号、登陆、注销",
    say: "账号、登录、退出登录",
    of: "signing in and out",
  },
  {
    not: /你/,
    instead_of: "你",
    say: "您",
    of: "who reads it",
  },
  {
    not: /点击|单击/,
    instead_of: "点击",
    say: "点",
    of: "a press",
  },
  {
    not: /系统错误|未知错误|错误码|错误代码|失败码|异常|报错|出错啦/,
    instead_of: "系统错误、异常、错误码",
    say: "what happened, and what the reader can do",
    of: "a fault of ours",
  },
  {
    not: /数据库|接口(?!许可)|回调|缓存|参数|凭证|令牌|请求头|字段/,
    instead_of: "数据库、接口、参数、凭证",
    say: "服务",
    of: "our side of it",
  },
  {
    not: /[A-Za-z]{2,}/,
    instead_of: "English words, names of ours, codes",
    say: "Chinese",
    of: "anything; but for those below",
  },
];

/** What may stand in a text all the same, taken out before it is looked at. */
export const ALLOWED: readonly { text: RegExp; why: string }[] = [
  { text: /\{…\}/g, why: "what is put in" },
  {
    text: /\{(customerName|designerName|storeName)\}/g,
    why: "an admin writes it into the welcome text",
  },
  { text: /\bTA\b/g, why: "he or she" },
  { text: /\b(Mac|Windows)\b/g, why: "names of systems" },
];

/** Which rule a text breaks; null: none. */
export function wrongIn(text: string): Word | null {
  const plain = ALLOWED.reduce(
    (rest, { text }) => rest.replace(text, ""),
    text,
  );
  return WORDS.find(({ not }) => not.test(plain)) ?? null;
}
