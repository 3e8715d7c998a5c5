/**
 * Invented people: Chinese names, residential estates and mobile numbers. The
 * numbers are valid in form but of one visible pattern (…000…), so that nobody
 * takes them for real ones.
 */

const SURNAMES = [
  ..."王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹",
];
const GIVEN = [
  "建国",
  "秀英",
  "伟",
  "芳",
  "娜",
  "敏",
  "静",
  "丽",
  "强",
  "磊",
  "洋",
  "艳",
  "勇",
  "军",
  "杰",
  "娟",
  "涛",
  "明",
  "超",
  "秀兰",
  "霞",
  "平",
  "刚",
  "桂英",
  "文博",
  "雨桐",
  "子涵",
  "欣怡",
  "浩然",
  "梓萱",
  "思远",
  "嘉怡",
  "晓燕",
  "志强",
  "海燕",
  "俊杰",
  "玉兰",
];
const ESTATES = [
  "滨江花园",
  "万科翡翠",
  "中海紫御",
  "绿城百合",
  "保利天悦",
  "龙湖春江",
  "仁恒河滨",
  "华润橡树湾",
  "融创壹号院",
  "招商雍华府",
  "阳光新城",
  "康桥半岛",
];
const HEADS = [
  "138",
  "139",
  "136",
  "137",
  "150",
  "158",
  "186",
  "188",
  "177",
  "135",
];

const pick = <T>(list: readonly T[], index: number, fallback: T): T =>
  list[index % list.length] ?? fallback;

/** The n-th invented name; repeats after about a thousand. */
export function personName(n: number): string {
  const surname = pick(SURNAMES, n, "王");
  return surname + pick(GIVEN, n * 7 + Math.floor(n / SURNAMES.length), "伟");
}

/** As a designer would note it: estate and house. */
export function homeOf(n: number): string {
  return `${pick(ESTATES, n * 5 + 2, "阳光新城")}${1 + (n * 3) % 28}-${
    101 + (n * 101) % 1800
  }`;
}

/** The n-th invented mobile number, 11 digits; unique up to a million. */
export function mobileOf(n: number): string {
  const head = pick(HEADS, Math.floor(n / 100_000), "138");
  return `${head}000${String(n % 100_000).padStart(5, "0")}`;
}
