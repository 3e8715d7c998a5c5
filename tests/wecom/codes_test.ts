/**
 * The table of WeCom's error codes: it knows the codes of the official page
 * (90313), says who mends what, is the only place in which the numbers stand,
 * and is the one that the documentation shows.
 */
import assert from "node:assert/strict";
import {
  CODE,
  type CodeRow,
  listedCode,
  REMEDIES,
  remedyFor,
} from "../../lib/wecom/mod.ts";
import { CODE_ROWS } from "../../lib/wecom/codes/mod.ts";
import { isOfOne, refused } from "../../lib/wecom/error.ts";

const ROOT = new URL("../../", import.meta.url);

/** What the pages for self-built apps name, ranges by both of their ends. */
const NAMED = `
  -1 6000 40001 40003 40004 40007 40011 40013 40014 40029 40031 40032 40033
  40035 40050 40056 40057 40058 40063 40068 40071 40091 40093 40096 40097 40098
  40099 40100 40126 40128 40129 40130 40131 40132 40141 40143 40144 40145 40201
  40204 40205 40206 41001 41002 41004 41008 41009 41011 41035 41037 41041 41045
  41046 41047 41048 41049 41050 41051 41052 41053 41054 41055 41056 41058 41063
  41064 41065 41088 41091 41093 41094 41096 41110 42001 42003 42012 42014 42022
  42051 42052 43009 43012 44001 45001 45002 45009 45029 45033 45034 45035 45036
  46004 48001 48002 48005 48006 48010 48011 49008 50001 50002 50003 50100 60003
  60011 60020 60021 60030 60031 60111 60123 60140 60267 60268 80001 81012 81013
  81017 82001 82002 82003 84025 84061 84074 84083 84084 85002 85004 85005 85006
  85007 85008 85010 85011 85111 86001 86008 86101 86201 86217 90500 90501 90502
  90503 90504 90507 90508 90509 90510 90511 91040 92002 301002 301007 600018
  610001 610003 610004 610014 610016 610023 610024 701008`
  .trim().split(/\s+/).map(Number);

Deno.test("every code of the official page is listed, once", () => {
  assert.deepEqual(NAMED.filter((code) => listedCode(code) === null), []);
  const firsts = REMEDIES.map((row) => row.code);
  assert.equal(new Set(firsts).size, firsts.length);
  // Within the card fields stands a code of its own, which wins.
  assert.equal(listedCode(CODE.CODE_USED)?.errorName, "UNAUTHENTICATED");
  for (const [name, row] of Object.entries(CODE_ROWS)) {
    assert.equal(CODE[name as keyof typeof CODE], row.code);
    assert.notEqual(row.cause, "");
  }
});

/** Code, whose it is to mend, under which name of ours it surfaces. */
const MENDED: readonly (readonly [
  number,
  CodeRow["who"],
  CodeRow["errorName"],
])[] = [
  [40001, "部署运维", "WECOM_CREDENTIALS_INVALID"],
  [43009, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
  [45036, "企业微信管理员", "RATE_LIMITED"],
  [48002, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
  [48006, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
  [48010, "部署运维", "WECOM_UNAVAILABLE"],
  [50003, "企业微信管理员", "WECOM_CREDENTIALS_INVALID"],
  [60020, "企业微信管理员", "WECOM_IP_NOT_TRUSTED"],
  [60031, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
  [301007, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
  [610023, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
  [610024, "企业微信管理员", "NO_CUSTOMER_CONTACT_PERMISSION"],
];

Deno.test("what company or app lack is named as such, and stops what would only fail again", () => {
  for (const [code, who, errorName] of MENDED) {
    const row = remedyFor(code);
    assert.deepEqual([row.who, row.errorName, row.remedy], [
      who,
      errorName,
      "config",
    ], String(code));
    assert.ok(!isOfOne(refused("groupchat/get", code, "")), String(code));
    const { advice } = refused("groupchat/get", code, "");
    assert.ok(advice.includes(row.cause) && advice.includes(who), advice);
  }
});

Deno.test("what one member lacks, and what nobody has listed, concerns that one alone", () => {
  for (const code of [48011, 84074, 60011, 49008, 90509, 40058, 987654]) {
    assert.ok(isOfOne(refused("groupchat/get", code, "")), String(code));
  }
  for (const code of [-1, 45009, 45033, 42001, 48002, 60020]) {
    assert.ok(!isOfOne(refused("groupchat/get", code, "")), String(code));
  }
  assert.equal(remedyFor(48011).who, "企业微信管理员");
  assert.equal(remedyFor(600018).errorName, "WECOM_UNAVAILABLE");
  assert.match(remedyFor(600018).cause, /起止时间/);
});

Deno.test("no number of the table stands anywhere else in the code", async () => {
  const found: string[] = [];
  for await (const path of sources(["lib/", "routes/", "islands/"])) {
    if (path.startsWith("lib/wecom/codes/")) continue;
    const code = bare(await Deno.readTextFile(new URL(path, ROOT)));
    for (const [literal] of code.matchAll(/(?<![\w.#])\d{4,6}(?![\w.])/g)) {
      if (listedCode(Number(literal))) found.push(`${path}: ${literal}`);
    }
  }
  assert.deepEqual(found, []);
});

Deno.test("operations.md shows what somebody has to mend, as the table has it", async () => {
  const doc = await Deno.readTextFile(new URL("docs/operations.md", ROOT));
  const shown = doc.split("\n")
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .filter((cells) => cells.length === 4 && /^\d+$/.test(cells[0] ?? ""));
  const wanted = REMEDIES
    .filter(({ remedy }) => remedy === "config")
    .map((row) => [String(row.code), row.cause, row.place ?? "", row.who]);
  assert.deepEqual(shown, wanted);
});

async function* sources(folders: readonly string[]): AsyncGenerator<string> {
  for (const folder of folders) {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory) yield* sources([`${path}/`]);
      else if (/\.tsx?$/.test(entry.name)) yield path;
    }
  }
}

/** Without comments and texts. */
function bare(source: string): string {
  return source.replace(
    /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g,
    " ",
  );
}
