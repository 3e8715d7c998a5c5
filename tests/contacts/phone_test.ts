/** Numbers as people type them, on both sides, made comparable. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import {
  findPhones,
  maskPhone,
  normalisePhones,
  spellPhone,
} from "../../lib/contacts/phone.ts";
import { readable } from "../../lib/contacts/phone_text.ts";
import SPELLINGS from "./phones.json" with { type: "json" };

const MOBILE = "+8613812348000";

for (const [kind, rows] of Object.entries(SPELLINGS)) {
  Deno.test(`What is found: ${kind}`, () => {
    for (const [text = "", ...wanted] of rows) {
      assert.deepEqual(normalisePhones(text), wanted, JSON.stringify(text));
    }
  });
}

Deno.test("Every way of writing a mobile number is the same number", () => {
  const spellings = [
    "13812348000",
    " 138 1234 8000 ",
    "138-1234-8000",
    "138.1234.8000",
    "138\u00a01234\u00a08000",
    "+86 138 1234 8000",
    "+86-13812348000",
    "(+86)13812348000",
    "（+86）138 1234 8000",
    "0086 13812348000",
    "008613812348000",
    "8613812348000",
    "86-138-1234-8000",
    "+86 (0)13812348000",
    "013812348000",
    "１３８１２３４８０００",
    "＋８６ １３８１２３４８０００",
    "\u202d13812348000\u202c",
    "\u200e+86 138\u200b1234\u200b8000",
    "\ufeff13812348000",
    "手机：13812348000",
    "tel:13812348000",
    "电话 138 1234 8000",
    "13812348000（王女士）",
    "13812348000\t",
    "138—1234—8000",
    "138‐1234‐8000",
  ];
  for (const text of spellings) {
    assert.deepEqual(normalisePhones(text), [MOBILE], JSON.stringify(text));
    assert.equal(maskPhone(text), "138****8000", JSON.stringify(text));
  }
});

Deno.test("Several numbers in one field are several numbers, in their order", () => {
  const both = [MOBILE, "+8613900139000"];
  const between = [
    "/",
    ",",
    "，",
    "、",
    ";",
    "；",
    "|",
    "\n",
    "或",
    " 或 ",
    " ",
    "  ",
    " & ",
    "和",
    "\t",
    " - ",
    "（先生）",
    "\r\n",
  ];
  for (const separator of between) {
    const text = `13812348000${separator}139 0013 9000`;
    assert.deepEqual(normalisePhones(text), both, JSON.stringify(separator));
  }
  assert.deepEqual(
    normalisePhones("+86 13812348000 +86 13900139000"),
    both,
  );
  assert.deepEqual(normalisePhones("13812348000/138 1234 8000"), [MOBILE]);
});

Deno.test("A landline is matched with its area code and its own extension", () => {
  const table: [string, string[]][] = [
    ["0571-88888888", ["+8657188888888"]],
    ["(0571) 8888 8888", ["+8657188888888"]],
    ["+86 571 88888888", ["+8657188888888"]],
    ["0571-88888888-123", ["+8657188888888;ext=123"]],
    ["0571-88888888转123", ["+8657188888888;ext=123"]],
    ["0571-88888888 分机 123", ["+8657188888888;ext=123"]],
    ["0571-88888888 ext.123", ["+8657188888888;ext=123"]],
    ["010-12345678", ["+861012345678"]],
  ];
  for (const [text, wanted] of table) {
    assert.deepEqual(normalisePhones(text), wanted, text);
  }
  assert.equal(maskPhone("0571-88888888"), "0571****8888");
});

Deno.test("What is no number matches nothing", () => {
  for (const text of ["", " ", "-", "无", "N/A", "不详", "0", "1234", "＃"]) {
    assert.deepEqual(normalisePhones(text), [], text);
    assert.equal(maskPhone(text), "", text);
  }
});

Deno.test("No number in an area begins with a zero, however it is written", () => {
  const landline = "+8657188886666";
  const table: [string, string[]][] = [
    ["0571-88886666/00868012", [landline]],
    ["0571-88886666、0086 8012", [landline]],
    ["0571-88886666、88880012", [landline, "+8657188880012"]],
    ["0571-00868012", []],
    ["571-00868012", []],
    ["57100868012", []],
    ["+86 571 00868012", []],
    ["4000571571", ["+864000571571"]],
  ];
  for (const [text, wanted] of table) {
    assert.deepEqual(normalisePhones(text), wanted, text);
  }
});

const mobile = fc.tuple(
  fc.constantFrom("13", "15", "17", "18", "19"),
  fc.integer({ min: 0, max: 999_999_999 }),
).map(([head, tail]) => head + String(tail).padStart(9, "0"));

Deno.test("However a mobile number is decorated, it is found", () => {
  const mark = fc.constantFrom(
    "",
    "",
    " ",
    "-",
    ".",
    "\u00a0",
    "\u200b",
    "\u202d",
    "·",
    "(",
    ")",
    "（",
    "）",
    "\u3000",
  );
  const prefix = fc.constantFrom(
    "",
    "+86",
    "0086",
    "86",
    "+86 ",
    "＋86-",
    "(+86)",
    "86 ",
  );
  const wide = fc.boolean();
  fc.assert(
    fc.property(
      mobile,
      prefix,
      fc.array(mark, { minLength: 12, maxLength: 12 }),
      wide,
      (number, before, marks, full) => {
        const digits =
          [...number].map((digit, at) => (marks[at] ?? "") + digit).join("") +
          marks[11];
        const text = full
          ? digits.replace(
            /\d/g,
            (digit) => String.fromCodePoint(0xff10 + Number(digit)),
          )
          : digits;
        assert.deepEqual(
          normalisePhones(before + text),
          [`+86${number}`],
          JSON.stringify(before + text),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("Normalising twice is normalising once, whatever the text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^[0-9+\-() 转x#;,.]{0,40}$/),
  );
  fc.assert(
    fc.property(text, (raw) => {
      for (const number of normalisePhones(raw)) {
        assert.deepEqual(
          normalisePhones(number),
          [number],
          JSON.stringify(raw),
        );
      }
    }),
    { numRuns: 600 },
  );
});

Deno.test("A number that many people share is told from one's own", () => {
  const shared = [
    "13512345678-9100",
    "13512345678[7839]",
    "13512345678转1",
    "13512345678,1234",
    "135 1234 5678 转 9100",
    "+86 13512345678*9100",
    "隐私号13512345678",
    "13512345678 / 13512345678-9100",
    "400-820-8820",
    "400-820-8820转3",
  ];
  const own = [
    "13512345678",
    "13512345678 9100",
    "13512345678-1",
    "13512345678-501室",
    "13512345678-3-2-501",
    "13512345678-2026-11-20",
    "13512345678-13987654321",
    "13512345678（2栋）",
    "0571-88886666-8012",
    "+1 415 555 2671",
  ];
  const tell = (text: string) => findPhones(text).map((one) => one.shared);
  for (const text of shared) assert.deepEqual(tell(text), [true], text);
  for (const text of own) assert.ok(tell(text).every((one) => !one), text);
  assert.deepEqual(tell("13512345678-9100 / 13987654321"), [true, false]);
});

/** What stands in such fields, joined at random. */
const field = fc.array(
  fc.oneof(
    mobile,
    fc.constantFrom(
      ...["0571-88886666", "+86", "0086", "852-91234567", "+1 415 555 2671"],
      ...["转", "8012", " ", "-", "/", "、", "1.", "3-2-501", "预算20万", "*"],
      ...["2026-11-20", "330106190001010000", "****", "王", "(", ")", "+"],
      ...["&nbsp;", "%20", "E+10", ".0", "\u200b", "①"],
    ),
  ),
  { maxLength: 8 },
).map((parts) => parts.join(""));
const anything = fc.oneof(
  field,
  fc.string({ unit: "binary" }),
  fc.stringMatching(/^[0-9+\-() 转x#;,.*]{0,40}$/),
);

Deno.test("A number that is found stands in the text, and is found once", () => {
  fc.assert(
    fc.property(anything, (text) => {
      const found = normalisePhones(text);
      assert.equal(new Set(found).size, found.length);
      for (const number of found) {
        assert.match(number, /^\+[1-9]\d{6,14}(;ext=\d{1,6})?$/);
        const national = number.replace(/^\+(86)?|;ext=/g, "");
        const inOrder = new RegExp([...national].join("\\D*?.*?"), "s");
        assert.match(readable(text), inOrder);
      }
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("What we wrote ourselves is read as it was, and a mask as nothing", () => {
  fc.assert(
    fc.property(anything, (text) => {
      for (const phone of findPhones(text)) {
        const { number } = phone;
        assert.deepEqual(normalisePhones(number), [number]);
        assert.deepEqual(normalisePhones(spellPhone(number)), [number]);
        assert.deepEqual(normalisePhones(maskPhone(phone.number)), []);
      }
      assert.deepEqual(normalisePhones(maskPhone(text)), []);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("A text without end costs no time", () => {
  for (const part of ["0", "(", "1 ", "+1 (", "86-", "%41&a", "&#", "1-1-1 "]) {
    const text = part.repeat(50_000);
    assert.deepEqual(normalisePhones(`13812348000 ${text}`)[0], MOBILE);
  }
});

Deno.test("A masked number never shows more than seven digits, nor four in the middle", () => {
  fc.assert(
    fc.property(
      fc.oneof(mobile, fc.stringMatching(/^[0-9+\- ()]{0,30}$/)),
      (text) => {
        const masked = maskPhone(text);
        const [number = ""] = normalisePhones(text);
        const digits = number.replace(/\D/g, "");
        assert.ok(masked.replace(/\D/g, "").length <= 8, masked);
        if (digits.length > 8) {
          assert.ok(
            !masked.includes(digits.slice(-8)),
            masked,
          );
        }
        assert.equal(masked === "", number === "");
        assert.ok(masked === "" || masked.includes("****"));
      },
    ),
    { numRuns: 2_000 },
  );
});
