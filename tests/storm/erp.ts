/** The ERP's side of a run. */
import type { Company } from "./company.ts";
import type { Network } from "./network.ts";
import { ERP_TOKEN } from "./stage.ts";

/** What the ERP tells before anybody opens an order. */
export async function push(
  { ports }: Network,
  company: Company,
): Promise<void> {
  const send = async (path: string, body: unknown) => {
    const response = await fetch(`http://127.0.0.1:${ports[0]}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ERP_TOKEN}`,
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`ERP push: ${await response.text()}`);
    await response.body?.cancel();
  };
  await send("/api/erp/staff", { staff: company.staff });
  const orders = company.orders.map((order) => ({
    orderId: order.orderId,
    orderNo: order.orderId,
    customerName: order.customerName,
    customerPhone: order.phone,
    designerWxUserId: order.designer,
    projectManagerWxUserId: order.manager,
    storeName: "一店",
  }));
  for (let at = 0; at < orders.length; at += 500) {
    await send("/api/erp/orders", { orders: orders.slice(at, at + 500) });
  }
}
