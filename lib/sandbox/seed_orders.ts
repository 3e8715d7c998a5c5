/**
 * The demo orders as the ERP would push them, and beside each what WeCom knows
 * about its customer: who has the person, under which numbers. The odd
 * spellings are those seen in real order systems and remark fields.
 */

/** A contact that goes with an order. */
export interface ContactSeed {
  of: string;
  /** The name the customer gave to the account. */
  name: string;
  remark?: string;
  mobiles: string[];
}

export interface OrderSeed {
  orderNo: string;
  customerName: string;
  customerPhone: string;
  /** The customers beside the first. */
  further?: readonly { name: string; phone: string }[];
  designer: string;
  manager?: string;
  storeName: string;
  contacts: ContactSeed[];
  /** Name of a group that was made by hand already. */
  group?: string;
}

const one = (
  of: string,
  name: string,
  mobile: string,
  remark = name,
): ContactSeed[] => [
  { of, name, remark, mobiles: [mobile] },
];

const A = { designer: "chenjing", manager: "wangqiang", storeName: "徐汇店" };
const B = {
  designer: "zhaomingyuan",
  manager: "hejun",
  storeName: "静安旗舰店",
};
const C = { designer: "xuting", manager: "xuting", storeName: "静安旗舰店" };
const D = { designer: "liuyang", manager: "wangqiang", storeName: "金桥店" };
const E = { designer: "sunli", manager: "wangqiang", storeName: "金桥店" };

const order = (
  orderNo: string,
  customerName: string,
  customerPhone: string,
  who: { designer: string; manager?: string; storeName: string },
  contacts: ContactSeed[],
  group?: string,
): OrderSeed => ({
  orderNo,
  customerName,
  customerPhone,
  ...who,
  contacts,
  ...(group === undefined ? {} : { group }),
});

export const ORDERS: readonly OrderSeed[] = [
  // The number is just there.
  order(
    "XH2611001",
    "王建国",
    "13800010001",
    A,
    one("chenjing", "建国", "13800010001", "王先生 滨江花园"),
  ),
  order(
    "XH2611002",
    "李秀兰",
    "13800010002",
    A,
    one("chenjing", "兰姐", "13800010002", "李女士 万科翡翠"),
  ),
  order(
    "XH2611003",
    "张伟",
    "13900010003",
    A,
    one("chenjing", "张伟", "13900010003"),
  ),
  // The ERP spells the number oddly.
  order(
    "XH2611004",
    "刘芳",
    "１３８０００１０００４",
    A,
    one("chenjing", "芳芳", "13800010004"),
  ),
  order(
    "XH2611005",
    "陈晓燕",
    "+86 138 0001 0005",
    A,
    one("chenjing", "晓燕", "13800010005"),
  ),
  order(
    "XH2611006",
    "杨文博",
    "0086-138-0001-0006",
    A,
    one("chenjing", "文博爸爸", "13800010006"),
  ),
  // The remark spells it oddly.
  order(
    "XH2611007",
    "黄海燕",
    "13800010007",
    A,
    one("chenjing", "海燕", "138-0001-0007"),
  ),
  order(
    "XH2611008",
    "赵志强",
    "13800010008",
    A,
    one("chenjing", "老赵", "+86 138 0001 0008"),
  ),
  order(
    "XH2611009",
    "周玉兰",
    "021-62880009",
    A,
    one("chenjing", "玉兰", "021 6288 0009"),
  ),
  order(
    "XH2611010",
    "吴俊杰",
    "021-62880010转806",
    A,
    one("chenjing", "JJ", "02162880010-806"),
  ),
  // Two numbers, the second is the order's.
  order("XH2611011", "徐桂英", "13800010011", A, [
    { of: "chenjing", name: "桂英", mobiles: ["13700090011", "13800010011"] },
  ]),
  // Husband and wife carry the same number: choose.
  order("XH2611012", "孙涛", "13800010012", A, [
    {
      of: "chenjing",
      name: "孙涛",
      remark: "孙先生 中海紫御",
      mobiles: ["13800010012"],
    },
    {
      of: "chenjing",
      name: "小雨妈妈",
      remark: "孙太太 中海紫御",
      mobiles: ["138 0001 0012"],
    },
  ]),
  order("XH2611013", "马超", "13800010013", A, [
    { of: "chenjing", name: "马超", mobiles: ["13800010013"] },
    { of: "chenjing", name: "马超（工作号）", mobiles: ["13800010013"] },
    { of: "chenjing", name: "马叔叔", mobiles: ["13800010013"] },
  ]),
  // A contact, but nobody noted the number: pick by hand.
  order("XH2611014", "朱雨桐", "13800010014", A, [
    { of: "chenjing", name: "雨桐", remark: "朱雨桐 绿城百合", mobiles: [] },
  ]),
  // Nobody's contact yet: add, or let scan.
  order("XH2611015", "胡子涵", "13800010015", A, []),
  order("XH2611016", "郭欣怡", "13800010016", A, []),
  // Only a colleague has the customer, or only the colleague noted the number.
  order(
    "XH2611017",
    "何浩然",
    "13800010017",
    A,
    one("wangqiang", "浩然", "13800010017"),
  ),
  order("XH2611018", "林梓萱", "13800010018", A, [
    { of: "chenjing", name: "梓萱", remark: "林小姐", mobiles: [] },
    {
      of: "wangqiang",
      name: "梓萱",
      remark: "林梓萱",
      mobiles: ["13800010018"],
    },
  ]),
  // No project manager yet; a very long name; emoji in the name.
  order(
    "XH2611019",
    "高思远",
    "13800010019",
    { designer: "chenjing", storeName: "徐汇店" },
    one("chenjing", "思远", "13800010019"),
  ),
  order(
    "XH2611020",
    "欧阳上官诸葛嘉怡（龙湖春江彼岸三期二十八栋二单元一千六百零二室业主）",
    "13800010020",
    A,
    one("chenjing", "嘉怡嘉怡嘉怡嘉怡嘉怡嘉怡嘉怡嘉怡", "13800010020"),
  ),
  order(
    "XH2611021",
    "梁娟🌸",
    "13800010021",
    A,
    one("chenjing", "🌸娟子👨‍👩‍👧🏠", "13800010021"),
  ),
  order(
    "XH2611022",
    "<b>谢敏</b>",
    "13800010022",
    A,
    one("chenjing", "谢敏 & 家人 <3", "13800010022"),
  ),
  // A group was made by hand before: link it instead of making a second one.
  order(
    "XH2611023",
    "宋平",
    "13800010023",
    A,
    one("chenjing", "宋平", "13800010023"),
    "宋平家装修群",
  ),
  // The designer left.
  order(
    "XH2611024",
    "唐丽",
    "13800010024",
    { designer: "wupeng", manager: "wangqiang", storeName: "徐汇店" },
    one("wupeng", "唐丽", "13800010024"),
    "唐丽-服务群",
  ),
  // Five thousand contacts; designer = manager; without rights.
  order(
    "JA2611001",
    "许强",
    "13800010031",
    B,
    one("zhaomingyuan", "许强", "13800010031"),
  ),
  order(
    "JA2611002",
    "韩艳",
    "13800010032",
    B,
    one("zhaomingyuan", "韩艳", "138 0001 0032"),
  ),
  order("JA2611003", "冯勇", "13800010033", B, []),
  order(
    "JA2611004",
    "邓明",
    "13800010034",
    C,
    one("xuting", "邓明", "13800010034"),
  ),
  order(
    "JA2611005",
    "曹霞",
    "13800010035",
    C,
    one("xuting", "曹霞", "13800010035"),
  ),
  // A couple, each with a number: both go into the one group.
  {
    ...order("JA2611006", "顾明", "13800010036", C, [
      {
        of: "xuting",
        name: "顾明",
        remark: "顾先生 大宁金茂府",
        mobiles: ["13800010036"],
      },
      {
        of: "xuting",
        name: "小雅",
        remark: "顾太太 大宁金茂府",
        mobiles: ["139 0001 0036"],
      },
    ]),
    further: [{ name: "沈雅", phone: "13900010036" }],
  },
  order(
    "JQ2611001",
    "罗军",
    "13800010041",
    D,
    one("liuyang", "罗军", "13800010041"),
  ),
  order(
    "JQ2611002",
    "郑刚",
    "13800010042",
    E,
    one("sunli", "郑刚", "13800010042"),
  ),
];
