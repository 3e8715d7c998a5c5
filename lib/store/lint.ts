/**
 * Lint rules of the pool: what the driver offers and the pool cannot guard is
 * refused where it is written (deno.json, `lint.plugins`).
 */

/** They open connections of their own, or keep one past the pool. */
const PAST = new Set([
  ...["reserve", "listen", "notify", "subscribe", "largeObject", "file"],
]);
/** They keep the connection when their promise is settled. */
const LASTING = new Set(["cursor", "readable", "writable"]);
const SOURCES = /^(sql|queries|tx|admin)$/i;

const plugin: Deno.lint.Plugin = {
  name: "pool",
  rules: {
    "no-way-past": {
      create: (context) => ({
        MemberExpression(node) {
          if (node.property.type !== "Identifier" || node.computed) return;
          const { name } = node.property;
          const past = PAST.has(name) && isSource(node.object) ||
            LASTING.has(name) && isQuery(node.object);
          if (!past) return;
          context.report({
            node,
            message: `${name} goes round the pool of lib/store`,
            hint: "Ask with sql`…` or in sql.begin",
          });
        },
      }),
    },
    "driver-in-store": {
      create: (context) => ({
        ImportDeclaration(node) {
          if (node.source.value !== "postgres" || node.importKind === "type") {
            return;
          }
          const path = context.filename.replaceAll("\\", "/");
          if (/\/(lib\/store|tests\/store|tests\/bench)\//.test(path)) return;
          context.report({
            node,
            message: "Only lib/store opens connections",
            hint: "Use openDatabase of lib/store/database.ts",
          });
        },
      }),
    },
  },
};
export default plugin;

/** `sql`, `database.sql` and the like. */
function isSource(node: Deno.lint.Node): boolean {
  if (node.type === "Identifier") return SOURCES.test(node.name);
  return node.type === "MemberExpression" &&
    node.property.type === "Identifier" && node.property.name === "sql";
}

/** sql`…` or sql.unsafe(…), with modifiers. */
function isQuery(node: Deno.lint.Node): boolean {
  if (node.type === "TaggedTemplateExpression") return isSource(node.tag);
  return node.type === "CallExpression" &&
    node.callee.type === "MemberExpression" &&
    (isSource(node.callee.object) || isQuery(node.callee.object));
}
