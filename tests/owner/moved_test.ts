/** Whoever can write to the tables still cannot read a number through the product. */
import assert from "node:assert/strict";
import { order, pushAll, withStubbedApp } from "../support/company.ts";

Deno.test("A number that was moved to another row is nobody's: it is not shown there", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { sql } = app.services;
    stub.follow("d1", "wm2", "李先生", ["13912348000"]);
    await pushAll(app, [
      order(),
      order({ orderId: "O2", customerPhone: "13912348000" }),
    ]);
    const shown = async () => {
      const { data } = await app.as("d1").flow("contacts.list");
      const contacts = data.externalContacts as { phone: string }[];
      const orders = await Promise.all(
        ["O1", "O2"].map((orderId) =>
          app.as("d1").flow("order.get", { orderId })
        ),
      );
      return [
        ...contacts.map(({ phone }) => phone),
        ...orders.map(({ data }) => data.customerPhone),
      ];
    };
    for (const phone of await shown()) assert.match(String(phone), /^13/);
    await sql`
      update customer_order o set phone_sealed = other.phone_sealed
      from customer_order other
      where o.order_id in ('O1', 'O2') and other.order_id in ('O1', 'O2')
        and other.order_id <> o.order_id`;
    await sql`
      update contact_phone p set phone_sealed = other.phone_sealed
      from contact_phone other
      where other.external_user_id <> p.external_user_id`;
    assert.deepEqual(await shown(), ["", "", "", ""]);
  }));
