/** Userids at the sandbox's door: taken in any case, told in its own spelling. */
import assert from "node:assert/strict";
import type { Builder } from "../../lib/sandbox/mod.ts";
import { rig } from "./rig.ts";

function company() {
  let customer = "";
  const made = rig({
    seed: {
      kind: "built",
      build(builder: Builder) {
        builder.staff({ userId: "ZhangSan", name: "张三" })
          .staff({ userId: "LiSi", name: "李四" });
        customer = builder.customer({ name: "王女士" });
        builder.follows({ userId: "ZhangSan", externalUserId: customer });
      },
    },
  });
  return { ...made, customer };
}

Deno.test("contacts are read and remarked in any case, and told in the company's spelling", async () => {
  const { post, get, customer } = company();
  const batch = () =>
    post("externalcontact/batch/get_by_user", {
      userid_list: ["ZHANGSAN"],
      cursor: "",
      limit: 100,
    });
  const list = async () =>
    (await batch())["external_contact_list"] as {
      follow_info: { userid: string; remark: string };
    }[];
  assert.deepEqual((await list()).map((row) => row.follow_info.userid), [
    "ZhangSan",
  ]);
  const remarked = await post("externalcontact/remark", {
    userid: "zhangsan",
    external_userid: customer,
    remark: "新备注",
  });
  assert.equal(remarked.errcode, 0);
  assert.equal((await list())[0]?.follow_info.remark, "新备注");
  const ids = await get("externalcontact/list", { userid: "zhangSAN" });
  assert.deepEqual(ids["external_userid"], [customer]);
  const exact = await get("externalcontact/get", {
    external_userid: customer.toUpperCase(),
  });
  assert.notEqual(exact.errcode, 0, "customers' ids are exact");
});

Deno.test("groups are listed by an owner in any case", async () => {
  const { post, world, customer } = company();
  world.settings.lagMs = 0;
  const chatId = world.staffCreatesChat({
    userId: "ZhangSan",
    userIds: ["LiSi"],
    externalUserIds: [customer],
  });
  const listed = await post("externalcontact/groupchat/list", {
    limit: 10,
    owner_filter: { userid_list: ["zhangsan"] },
  });
  assert.deepEqual(listed["group_chat_list"], [{ chat_id: chatId, status: 0 }]);
  const unknown = await post("externalcontact/groupchat/list", {
    limit: 10,
    owner_filter: { userid_list: ["zhangsan2"] },
  });
  assert.equal(unknown.errcode, 40003);
});

Deno.test("a card reaches people in any case; who is not reached is told in lower case", async () => {
  const { post, world, sandbox } = company();
  const answer = await post("message/send", {
    touser: "zhangsan|NoBody|LISI",
    agentid: Number(sandbox.agentId),
    msgtype: "text",
    text: { content: "去建群" },
  });
  assert.equal(answer["invaliduser"], "nobody");
  assert.deepEqual(world.messages.at(-1)?.to, ["ZhangSan", "LiSi"]);
});

Deno.test("what is no text where userids are due is refused as before", async () => {
  const { post } = company();
  for (const userid_list of [[7], "ZhangSan", null, [["ZhangSan"]]]) {
    const answer = await post("externalcontact/batch/get_by_user", {
      userid_list,
    });
    assert.equal(answer.errcode, 40058, JSON.stringify(userid_list));
  }
});
