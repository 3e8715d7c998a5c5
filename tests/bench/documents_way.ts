/**
 * The original document's way, written out as it stands there (3.1, 4.1, 4.2):
 * each click asks for the order, lists all external contacts of the designer, and
 * asks WeCom for each of them, one call a contact; the page then compares numbers.
 * A script; its argument is a `DocumentsWay` as JSON.
 */
import { createHono, type Hono } from "./hono.ts";
import postgres from "postgres";
import { serveChild } from "./child.ts";

export interface DocumentsWay {
  databaseUrl: string;
  /** Origin of the stand-in. */
  wecom: string;
  corp: { corpId: string; secret: string };
}

export const ORDER_FLOW = "订单信息查询流程ID";
export const CONTACTS_FLOW = "获取外部联系人列表流程ID";
const CONNECTIONS = 10;

/** The tables that its models read, with the orders and people of ours. */
export async function fillItsTables(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  await sql`create table document_user as
    select row_number() over ()::int as id, wx_user_id as wxuserid from staff`;
  await sql`create table document_customer as
    select row_number() over ()::int as id, order_id,
      '13800000007' as phone from customer_order`;
  await sql`create table document_order as
    select o.order_id as id, d.id as designer_id, p.id as manager_id,
      c.id as customer_id
    from customer_order o
    join document_customer c using (order_id)
    left join document_user d on d.wxuserid = o.designer_wx_user_id
    left join document_user p on p.wxuserid = o.project_manager_wx_user_id`;
  for (const table of ["order", "user", "customer"]) {
    await sql`alter table ${sql(`document_${table}`)} add primary key (id)`;
  }
  await sql.end();
}

interface Detail {
  external_contact?: { name: string; mobile?: string; avatar: string };
}

function appOf({ databaseUrl, wecom, corp }: DocumentsWay): Hono {
  const sql = postgres(databaseUrl, { max: CONNECTIONS, onnotice: () => {} });
  let token: Promise<string> | undefined;

  async function curl<T>(path: string): Promise<T> {
    return await (await fetch(`${wecom}/cgi-bin/${path}`)).json();
  }

  /** checkWxTokenV2: kept while it is good. */
  function checkWxTokenV2(): Promise<string> {
    return token ??= curl<{ access_token: string }>(
      `gettoken?corpid=${corp.corpId}&corpsecret=${corp.secret}`,
    ).then(({ access_token }) => access_token);
  }

  async function orderInfo(orderId: string) {
    const [order] = await sql`
      select o.id, designer.wxuserid as designer, manager.wxuserid as manager,
        customer.phone
      from document_order o
      left join document_user designer on designer.id = o.designer_id
      left join document_user manager on manager.id = o.manager_id
      left join document_customer customer on customer.id = o.customer_id
      where o.id = ${orderId}`;
    return {
      orderId: order?.id,
      designerWxUserId: order?.designer,
      projectManagerWxUserId: order?.manager,
      customerPhone: order?.phone,
    };
  }

  async function externalContacts(wxUserId: string) {
    const access_token = await checkWxTokenV2();
    const res = await curl<{ external_userid?: string[] }>(
      `externalcontact/list?access_token=${access_token}&userid=${wxUserId}`,
    );
    const externalUserIds = res.external_userid || [];
    const contacts = await Promise.all(
      externalUserIds.map(async (externalUserId) => {
        const detail = await curl<Detail>(
          `externalcontact/get?access_token=${access_token}&external_userid=${externalUserId}`,
        );
        return {
          externalUserId,
          name: detail.external_contact?.name,
          phone: detail.external_contact?.mobile,
          avatar: detail.external_contact?.avatar,
        };
      }),
    );
    return { externalContacts: contacts };
  }

  const app = createHono();
  app.post("/api/runFlow", async (c) => {
    const { flowId, orderId, wxUserId } = await c.req.json();
    const data = flowId === ORDER_FLOW
      ? await orderInfo(orderId)
      : await externalContacts(wxUserId);
    return c.json({ code: 1, data });
  });
  return app;
}

if (import.meta.main) {
  const app = appOf(JSON.parse(Deno.args[0] ?? ""));
  serveChild((request) => app.fetch(request));
}
