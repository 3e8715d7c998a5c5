/**
 * gettoken, the two JS tickets, and who stands behind an OAuth code (91039,
 * 90506, 91023). A member is named whether or not in 可见范围; somebody who is no
 * member comes back as `external_userid`. The older /user/getuserinfo spells it
 * `UserId`.
 */
import type { ApiContext, Endpoint } from "./context.ts";
import { QyError } from "./errors.ts";
import type { TicketKind } from "./tokens.ts";
import { CODE } from "../wecom/codes/mod.ts";

function ticket(kind: TicketKind): Endpoint["run"] {
  return ({ world, now }) => {
    const { value, expiresIn } = world.tokens.issueTicket(kind, now);
    return { ticket: value, expires_in: expiresIn };
  };
}

function identityOf(
  { world, query, now }: ApiContext,
): { member: boolean; id: string } {
  const code = query.get("code");
  if (!code) throw new QyError(CODE.CODE_MISSING);
  const identity = world.tokens.redeemCode(code, now);
  return identity.startsWith("external:")
    ? { member: false, id: identity.slice("external:".length) }
    : { member: true, id: identity };
}

export const authEndpoints: Readonly<Record<string, Endpoint>> = {
  gettoken: {
    method: "GET",
    token: false,
    empty: { access_token: "", expires_in: 0 },
    run({ world, identity, query, now }) {
      const corpId = query.get("corpid");
      const secret = query.get("corpsecret");
      if (!corpId) throw new QyError(CODE.CORP_MISSING);
      if (!secret) throw new QyError(CODE.SECRET_MISSING);
      if (corpId !== identity.corpId) throw new QyError(CODE.UNKNOWN_CORP);
      if (secret !== identity.secret) throw new QyError(CODE.BAD_SECRET);
      const { value, expiresIn } = world.tokens.issueToken(now);
      return { access_token: value, expires_in: expiresIn };
    },
  },
  get_jsapi_ticket: {
    method: "GET",
    empty: { ticket: "", expires_in: 0 },
    run: ticket("corp"),
  },
  "ticket/get": {
    method: "GET",
    empty: { ticket: "", expires_in: 0 },
    run(context) {
      if (context.query.get("type") !== "agent_config") {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      return ticket("agent")(context);
    },
  },
  "auth/getuserinfo": {
    method: "GET",
    run(context) {
      const { member, id } = identityOf(context);
      return member
        ? { userid: id }
        : { openid: `o${id.slice(2)}`, external_userid: id };
    },
  },
  "user/getuserinfo": {
    method: "GET",
    run(context) {
      const { member, id } = identityOf(context);
      return member
        ? { UserId: id, DeviceId: "" }
        : { OpenId: `o${id.slice(2)}`, external_userid: id, DeviceId: "" };
    },
  },
  "user/get": {
    method: "GET",
    empty: { userid: "", name: "" },
    run({ world, query }) {
      const staff = world.state.staff.get(query.get("userid") ?? "");
      if (!staff) {
        throw new QyError(
          query.get("userid") ? CODE.MEMBER_LEFT : CODE.PARAMETER_INVALID,
        );
      }
      if (!staff.visible) throw new QyError(CODE.OUT_OF_SCOPE);
      return {
        userid: staff.userId,
        name: staff.name,
        department: [1],
        status: staff.departed ? 5 : 1,
      };
    },
  },
  "agent/get": {
    method: "GET",
    run({ world, identity, query }) {
      if (query.get("agentid") !== identity.agentId) {
        throw new QyError(CODE.FOREIGN_AGENT);
      }
      const visible = [...world.state.staff.values()].filter((staff) =>
        staff.visible && !staff.departed
      );
      return {
        agentid: Number(identity.agentId),
        name: "客户群助手（沙箱）",
        square_logo_url: "",
        description: "",
        allow_userinfos: {
          user: visible.map(({ userId }) => ({ userid: userId })),
        },
        allow_partys: { partyid: [] },
        allow_tags: { tagid: [] },
        close: 0,
        redirect_domain: new URL(identity.publicOrigin).host,
        home_url: identity.publicOrigin,
      };
    },
  },
  getcallbackip: {
    method: "GET",
    empty: { ip_list: [] },
    run: () => ({ ip_list: ["127.0.0.1"] }),
  },
  get_api_domain_ip: {
    method: "GET",
    empty: { ip_list: [] },
    run: () => ({ ip_list: ["127.0.0.1"] }),
  },
};
