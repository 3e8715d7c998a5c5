/** All that people read stands in one list, and in the words that were chosen. */
import assert from "node:assert/strict";
import { textsIn } from "./read_texts.ts";
import { allTexts, LIST, written } from "./texts.ts";
import { wrongIn } from "./words.ts";

Deno.test("the list of texts is what the code says: deno task texts writes it", async () => {
  assert.equal(await Deno.readTextFile(LIST), written(await allTexts()));
});

Deno.test("no text has a word that is not used, names a code or a fault of ours", async () => {
  const wrong: string[] = [];
  for (const { part, file, texts } of await allTexts()) {
    if (part !== "people") continue;
    for (const text of texts) {
      const word = wrongIn(text);
      if (word) wrong.push(`${file}: ${text} (not ${word.instead_of})`);
    }
  }
  assert.equal(wrong.join("\n"), "");
});

Deno.test("texts are found wherever they may stand, and nothing else is", () => {
  const source = `
    // 注释 "一"
    /* 注释 */ const a = "单" + '双\\'引号' + \`模\${b ? "内" : \`深\${c}\`}板\`;
    const p = /["'\`]/.test(x) ? "后" : d / e;
    const url = "https://例子"; const n = "no Chinese";
    summary: "接口说明",
    return <p class="x">标签<b>{name}</b>里面，{count > 1 && "几个"} it's <i /> 尾</p>;
  `;
  assert.deepEqual(
    textsIn(source),
    [
      "单",
      "双'引号",
      "模{…}板",
      "内",
      "深{…}",
      "后",
      "https://例子",
      "标签",
      "里面，",
      "几个",
      "it's",
      "尾",
    ].filter((text) => text !== "it's"),
  );
});
