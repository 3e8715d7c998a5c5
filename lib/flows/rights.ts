/**
 * Who may: for each role, how a person has to stand to what a flow is about
 * (DESIGN decision 6). Each flow names its right, so the table of flow, role and
 * relation is made of the flows themselves (`docs/architecture.md` shows it).
 */
import type { Role } from "../staff/actor.ts";

/** What a flow is about, and how people can stand to it. */
interface Relations {
  /** Nothing that belongs to a person. */
  nothing: "any";
  /** Somebody's contacts. */
  contacts: "self" | "any";
  /** A list of orders: one's own ("own"), or all. */
  orders: "own" | "any";
  /** An order; designer and project manager call it their own. */
  order: "own" | "any";
  /** The creation of a group, and the order that it is for. */
  creation: "own" | "initiator" | "any";
}

export type About = keyof Relations;
export type Relation = Relations[About];

export interface Right<A extends About = About> {
  about: A;
  /** One of these relations is enough; an empty list: this role may not. */
  roles: Readonly<Record<Role, readonly Relations[A][]>>;
  /** What the others are told. */
  refusal: string;
}

const NOT_ON_ORDER = "这个订单由其他同事负责";

export const RIGHTS = {
  useAsStaff: right("nothing", {
    designer: ["any"],
    project_manager: ["any"],
    operator: ["any"],
    admin: ["any"],
  }, "这个页面只给公司员工使用"),
  oversee: right("nothing", {
    designer: [],
    project_manager: [],
    operator: ["any"],
    admin: ["any"],
  }, "只有运营和管理员可以使用"),
  configure: right("nothing", {
    designer: [],
    project_manager: [],
    operator: [],
    admin: ["any"],
  }, "只有管理员可以修改公司设置"),
  readContacts: right("contacts", {
    designer: ["self"],
    project_manager: ["self"],
    operator: ["any"],
    admin: ["any"],
  }, "只能查看自己的联系人"),
  listOrders: right("orders", {
    designer: ["own"],
    project_manager: ["own"],
    operator: ["any"],
    admin: ["any"],
  }, NOT_ON_ORDER),
  seeOrder: right("order", {
    designer: ["own"],
    project_manager: ["own"],
    operator: ["any"],
    admin: ["any"],
  }, NOT_ON_ORDER),
  actOnOrder: right("order", {
    designer: ["own"],
    project_manager: ["own"],
    operator: ["any"],
    admin: ["any"],
  }, NOT_ON_ORDER),
  eraseCustomer: right("order", {
    designer: [],
    project_manager: [],
    operator: [],
    admin: ["any"],
  }, "只有管理员可以删除客户资料"),
  /**
   * Whoever began may report: the group exists, even if the order is somebody
   * else's by now.
   */
  reportCreation: right("creation", {
    designer: ["own", "initiator"],
    project_manager: ["own", "initiator"],
    operator: ["any"],
    admin: ["any"],
  }, NOT_ON_ORDER),
  endCreation: right("creation", {
    designer: ["initiator"],
    project_manager: ["initiator"],
    operator: ["any"],
    admin: ["any"],
  }, "只能取消自己发起的建群"),
};

function right<A extends About>(
  about: A,
  roles: Right<A>["roles"],
  refusal: string,
): Right<A> {
  return { about, roles, refusal };
}
