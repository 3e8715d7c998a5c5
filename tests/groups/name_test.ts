/** The name that a group is created with, as a table. */
import assert from "node:assert/strict";
import { groupName, type NameParts } from "../../lib/groups/name.ts";

const PARTS: NameParts = {
  customerName: "王女士",
  orderNo: "SO-001",
  storeName: "滨江店",
  designerName: "陈设计",
};

const TABLE: [
  sentence: string,
  template: string,
  parts: Partial<NameParts>,
  name: string,
][] = [
  ["the customer's", "{customerName}-服务群", {}, "王女士-服务群"],
  [
    "of all its parts",
    "{storeName} {orderNo} {customerName} {designerName}",
    {},
    "滨江店 SO-001 王女士 陈设计",
  ],
  ["without a store", "{storeName}{customerName}", {
    storeName: null,
  }, "王女士"],
  [
    "a part that is none stays as it is",
    "{phone}{customerName}",
    {},
    "{phone}王女士",
  ],
  ["a name with braces is not filled again", "{customerName}", {
    customerName: "{orderNo}",
  }, "{orderNo}"],
  [
    "blanks, ends of lines and marks without a width are one blank",
    "{customerName}",
    {
      customerName: " 王\n\t女士\u200b ",
    },
    "王 女士",
  ],
  ["cut after 40 characters", "{customerName}", {
    customerName: "王".repeat(60),
  }, "王".repeat(40)],
  ["an emoji of several signs is one character", "{customerName}", {
    customerName: "👨‍👩‍👧".repeat(41),
  }, "👨‍👩‍👧".repeat(40)],
];

for (const [sentence, template, parts, name] of TABLE) {
  Deno.test(`Name of a group: ${sentence}`, () => {
    assert.equal(groupName(template, { ...PARTS, ...parts }), name);
  });
}
