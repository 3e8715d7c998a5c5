/**
 * A second, independent WeCom: written from the facts alone (documents 91039,
 * 90506, 91023, 92994, 92114, 92115, 92120, 92122) and served over real HTTP,
 * so that the product is not only tested against its own sandbox. It knows no
 * people's verbs; a test puts contacts, codes and chats into its maps. Userids
 * ignore case (90196), and are answered as they were put in.
 */
export interface StubContact {
  external_contact: Record<string, unknown> & { external_userid: string };
  follow_info: Record<string, unknown> & { userid: string };
}

export interface StubChat {
  chat_id: string;
  name: string;
  owner: string;
  create_time: number;
  member_list: { userid: string; type: 1 | 2; join_time: number }[];
  /** Set: groupchat/get answers this code. */
  errcode?: number;
}

type Body = Record<string, unknown>;
type Spoil = (
  path: string,
  /** Query and body. */
  said: string,
) => Response | undefined | Promise<Response | undefined>;

export class StubWecom {
  readonly corpId = "ww1234567890abcdef";
  readonly agentId = "1000007";
  readonly secret = "stub-Secret-9f8e7d6c5b4a39281706f5e4d3c2b1a0";
  readonly corpTicket = "kgt8ON7yVITDhtdwci0qeYJKP0ToRs0C0rpTIcKeT1cket01";
  readonly agentTicket = "HoagFKDcsGMVCIY2vOjf9vZ8sQ2WzMaGeNtTicket000002";
  /** What each member follows. */
  contacts: Map<string, StubContact[]> = new Map();
  /** Login codes that were not used yet. */
  codes: Map<string, Body> = new Map();
  chats: Map<string, StubChat> = new Map();
  followUsers: string[] = [];
  trustedDomain = "localhost:8000";
  token = "";
  /** Paths below /cgi-bin/, in order. */
  calls: string[] = [];
  bodies: { path: string; body: Body }[] = [];
  /** Answers instead, or breaks something; undefined lets the call pass. */
  spoil: Spoil | null = null;
  #issued = 0;

  handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const path = url.pathname.replace(/^\/cgi-bin\//, "");
    this.calls.push(path);
    const text = await request.text();
    const spoilt = await this.spoil?.(path, `${url.search} ${text}`);
    if (spoilt) return spoilt;
    const body: Body = text === "" ? {} : JSON.parse(text);
    this.bodies.push({ path, body });
    if (path !== "gettoken") {
      const given = url.searchParams.get("access_token");
      if (!given) return refuse(41001);
      if (given !== this.token) {
        return refuse(given.startsWith("tok") ? 42001 : 40014);
      }
    }
    return this.#answer(path, url.searchParams, body);
  };

  /** Every token so far is refused with 42001. */
  expireToken(): void {
    this.token = "";
  }

  count(path: string): number {
    return this.calls.filter((one) => one === path).length;
  }

  follow(
    userid: string,
    external_userid: string,
    name: string,
    remark_mobiles: string[] = [],
  ): void {
    const mine = this.contacts.get(userid) ?? [];
    mine.push({
      external_contact: { external_userid, name, type: 1, gender: 0 },
      follow_info: {
        userid,
        remark: name,
        remark_mobiles,
        createtime: 1780000000,
      },
    });
    this.contacts.set(userid, mine);
    if (!this.followUsers.includes(userid)) this.followUsers.push(userid);
  }

  /** What openEnterpriseChat does in the client of `owner`. */
  create(
    owner: string,
    name: string,
    userIds: string[],
    externalUserIds: string[],
  ): string {
    const now = Math.floor(Date.now() / 1000);
    const chat_id = `wrStub${String(this.chats.size + 1).padStart(20, "0")}`;
    const named = new Map(
      [...this.contacts.values()].flat().map(({ external_contact: one }) => [
        one.external_userid,
        one.name,
      ]),
    );
    const member = (type: 1 | 2) => (userid: string) => ({
      userid,
      type,
      join_time: now,
      // As `need_name` asks for (92122).
      ...(named.has(userid) && { name: named.get(userid) }),
    });
    this.chats.set(chat_id, {
      chat_id,
      name,
      owner,
      create_time: now,
      member_list: [
        ...[...new Set([owner, ...userIds])].map(member(1)),
        ...externalUserIds.map(member(2)),
      ],
    });
    return chat_id;
  }

  #answer(path: string, query: URLSearchParams, body: Body): Response {
    switch (path) {
      case "gettoken": {
        if (query.get("corpid") !== this.corpId) return refuse(40013);
        if (query.get("corpsecret") !== this.secret) return refuse(40001);
        this.token = `tok${++this.#issued}-${crypto.randomUUID()}abcdefgh`;
        return ok({ access_token: this.token, expires_in: 7200 });
      }
      case "get_jsapi_ticket":
        return ok({ ticket: this.corpTicket, expires_in: 7200 });
      case "ticket/get":
        return query.get("type") === "agent_config"
          ? ok({ ticket: this.agentTicket, expires_in: 7200 })
          : refuse(40058);
      case "auth/getuserinfo": {
        const code = query.get("code") ?? "";
        const who = this.codes.get(code);
        this.codes.delete(code);
        return who ? ok(who) : refuse(40029);
      }
      case "agent/get":
        return query.get("agentid") === this.agentId
          ? ok({
            agentid: Number(this.agentId),
            name: "客户群",
            allow_userinfos: {
              user: this.followUsers.map((userid) => ({ userid })),
            },
            allow_partys: { partyid: [1] },
            allow_tags: {},
            close: 0,
            redirect_domain: this.trustedDomain,
          })
          : refuse(301002);
      case "getcallbackip":
        return ok({ ip_list: ["101.226.103.*"] });
      case "externalcontact/get_follow_user_list":
        return ok({ follow_user: this.followUsers });
      case "externalcontact/batch/get_by_user":
        return this.#batch(body);
      case "externalcontact/get": {
        const id = query.get("external_userid");
        const found = [...this.contacts.values()].flat().filter((one) =>
          one.external_contact.external_userid === id
        );
        const [first] = found;
        if (!first) return refuse(84061);
        return ok({
          external_contact: first.external_contact,
          follow_user: found.map((one) => one.follow_info),
        });
      }
      case "externalcontact/remark": {
        const mine = this.#of(String(body.userid))?.find((one) =>
          one.external_contact.external_userid === body.external_userid
        );
        if (!mine) return refuse(84061);
        mine.follow_info.remark_mobiles = body.remark_mobiles;
        return ok({});
      }
      case "externalcontact/groupchat/list": {
        const owners = (body.owner_filter as { userid_list?: string[] })
          ?.userid_list ?? [];
        const list = [...this.chats.values()].filter((chat) =>
          owners.some((owner) => isSame(owner, chat.owner)) &&
          chat.errcode === undefined
        );
        return ok({
          group_chat_list: list.map(({ chat_id }) => ({ chat_id, status: 0 })),
          next_cursor: "",
        });
      }
      case "externalcontact/groupchat/get": {
        const chat = this.chats.get(String(body.chat_id));
        if (!chat) return refuse(40050);
        if (chat.errcode !== undefined) return refuse(chat.errcode);
        return ok({ group_chat: { ...chat, notice: "", admin_list: [] } });
      }
      default:
        return new Response(null, { status: 404 });
    }
  }

  #of(userid: string): StubContact[] | undefined {
    return [...this.contacts].find(([id]) => isSame(id, userid))?.[1];
  }

  #batch(body: Body): Response {
    const [userid = ""] = body.userid_list as string[];
    const all = this.#of(userid);
    if (!all) return refuse(84074);
    const from = body.cursor ? Number(String(body.cursor).slice(1)) : 0;
    const to = from + Math.min(Number(body.limit ?? 50), 100);
    return ok({
      external_contact_list: all.slice(from, to),
      next_cursor: to < all.length ? `c${to}` : "",
    });
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export function ok(body: Body): Response {
  return Response.json({ errcode: 0, errmsg: "ok", ...body });
}

/** HTTP 200, the code, and the empty default fields that error bodies carry. */
export function refuse(errcode: number, errmsg?: string): Response {
  return Response.json({
    errcode,
    errmsg: errmsg ?? `error ${errcode}, hint: [1780000000_1_abc], from ip: ` +
        `203.0.113.7, more info at https://open.work.weixin.qq.com/?e=${errcode}`,
    external_contact_list: [],
    follow_user: [],
    external_userid: [],
    group_chat_list: [],
    access_token: "",
  });
}

/** Runs `fn` with the stub on a port of its own. */
export async function withStub<T>(
  fn: (stub: StubWecom, base: string) => Promise<T>,
): Promise<T> {
  const stub = new StubWecom();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    stub.handle,
  );
  try {
    return await fn(stub, `http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** The variables that point the product at the stub. */
export function stubEnv(stub: StubWecom, base: string): Record<string, string> {
  return {
    WECOM_CORP_ID: stub.corpId,
    WECOM_AGENT_ID: stub.agentId,
    WECOM_SECRET: stub.secret,
    WECOM_API_BASE: base,
    WECOM_OAUTH_BASE: `${base}/oauth`,
    WECOM_SSO_BASE: `${base}/sso`,
  };
}
