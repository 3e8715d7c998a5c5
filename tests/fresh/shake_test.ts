import assert from "node:assert/strict";
import { shake } from "../../lib/fresh/src/dev/shake.ts";

const MODULE = `const names = { a: "b" };
const back = {};
for (const key of Object.keys(names)) {
  back[names[key]] = key;
}
let state = 0, other = start();
const { left, right: far } = measure();
function measure() {
  return { left: 1, right: 2 };
}
class Canvas {
  draw() {
    return helper(this);
  }
}
const proto = Canvas.prototype;
for (const word of ["draw"]) {
  Object.defineProperty(proto, word, {
    value(...args) {
      return helper(args);
    }
  });
}
function helper(value) {
  return value;
}
function start() {
  return 1;
}
async function wanted(input) {
  return back[input] ?? input.helper ?? state;
}
addEventListener("load", () => {
});
export {
  Canvas as Board,
  far,
  wanted
};
`;

Deno.test("what the wanted exports do not reach is left out, loops and calls as well", () => {
  const text = shake(MODULE, ["wanted"]) ?? "";
  for (const gone of ["Canvas", "proto", "measure", "helper(value)"]) {
    assert.ok(!text.includes(gone), gone);
  }
  assert.match(text, /export \{ wanted as wanted \};\n$/);
});

Deno.test("what they reach stays, with the loops that fill it and in its order", () => {
  const text = shake(MODULE, ["wanted"]) ?? "";
  const order = ["const names", "back[names[key]]", "let state", "async fun"];
  const places = order.map((part) => text.indexOf(part));
  assert.ok(
    places.every((place, i) => place >= 0 && place > (places[i - 1] ?? -1)),
  );
  // The second name of one declaration brings along what it is made of.
  assert.match(text, /function start/);
  const canvas = shake(MODULE, ["Board"]) ?? "";
  assert.match(canvas, /defineProperty\(proto/);
  assert.match(canvas, /function helper/);
  assert.match(canvas, /export \{ Canvas as Board \};/);
  assert.match(shake(MODULE, ["far"]) ?? "", /function measure/);
});

Deno.test("what acts on something outside of the module always stays", () => {
  assert.match(shake(MODULE, ["far"]) ?? "", /addEventListener\("load"/);
});

Deno.test("a module that is not understood stays as it was", () => {
  const end = "\nexport { a };\n";
  assert.equal(shake(`import "./other.js";\nconst a = 1;${end}`, ["a"]), null);
  assert.equal(shake(`const [a] = [1];${end}`, ["a"]), null);
  assert.equal(shake(`export const b = 1;\nconst a = 1;${end}`, ["a"]), null);
  assert.equal(shake("const a = 1;\nexport default a;\n", ["default"]), null);
  assert.equal(shake(`const a = 1;${end}`, ["missing"]), null);
});
