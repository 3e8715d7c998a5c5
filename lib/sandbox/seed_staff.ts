/**
 * The people of the demo company, a renovation firm with three stores. Each is
 * there to let one situation be tried; the `scenario` says which.
 */
import type { NewStaff } from "./verbs_company.ts";

export const COMPANY = "暖居装饰";

export const STAFF: readonly NewStaff[] = [
  {
    userId: "chenjing",
    name: "陈静",
    role: "designer",
    storeName: "徐汇店",
    scenario: "普通设计师，60 位客户：匹配、多选、找不到、已有群都能试",
  },
  {
    userId: "zhaomingyuan",
    name: "赵明远",
    role: "designer",
    storeName: "静安旗舰店",
    scenario: "有 5000 位客户：看首次同步和匹配有多快",
  },
  {
    userId: "xuting",
    name: "徐婷",
    role: "designer",
    storeName: "静安旗舰店",
    scenario: "新人，只有两位客户；自己的订单自己当项目经理",
  },
  {
    userId: "liuyang",
    name: "刘洋",
    role: "designer",
    storeName: "金桥店",
    canContact: false,
    scenario: "没有开通客户联系（84074）：看怎样提示",
  },
  {
    userId: "sunli",
    name: "孙莉",
    role: "designer",
    storeName: "金桥店",
    visible: false,
    scenario: "不在应用可见范围（60011）：看怎样提示",
  },
  {
    userId: "wangqiang",
    name: "王强",
    role: "project_manager",
    storeName: "徐汇店",
    scenario: "有些客户只在他的企业微信里",
  },
  {
    userId: "hejun",
    name: "何俊",
    role: "project_manager",
    storeName: "静安旗舰店",
    scenario: "打开设计师的订单，看谁能建群",
  },
  {
    userId: "zhoumin",
    name: "周敏",
    role: "operator",
    storeName: "总部",
    scenario: "看全部订单、群和统计",
  },
  {
    userId: "linxiao",
    name: "林晓",
    role: "admin",
    storeName: "总部",
    scenario: "员工、设置和离职交接",
  },
  {
    userId: "wupeng",
    name: "吴鹏",
    role: "designer",
    storeName: "徐汇店",
    scenario: "已离职，登录会被拒绝；他的客户和群等人接手",
  },
  {
    userId: "guoyi",
    name: "郭毅",
    role: "other",
    storeName: "其他部门",
    scenario: "企业成员，但不在员工名单里：应被拒绝",
  },
];
