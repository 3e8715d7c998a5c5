/**
 * Lint rules of the house (deno.json, `lint.plugins`): what holds its rooms apart
 * is refused where it is written, so that nobody has to remember it.
 */

/** The composition root, and what stands right beside it. */
const ROOT = /\/(main\.ts|lib\/(services|app)\.ts|lib\/tasks\/[^/]+)$/;
const REQUESTS = /\/lib\/http\/(state\.ts|middlewares\.tsx)$/;
/** Tests drive the whole, and set the variables of what they start. */
const TESTS = /\/tests\//;
/** The stand-in for Fresh is a package of its own. */
const CONFIG = /\/lib\/(config|fresh)\//;

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "services-at-root": {
      create: (context) => ({
        ImportDeclaration(node) {
          const path = pathOf(context.filename);
          const whole = /(^|\/)services\.ts$/.test(node.source.value);
          if (!whole || [ROOT, REQUESTS, TESTS].some((it) => it.test(path))) {
            return;
          }
          context.report({
            node,
            message: "Only the root knows all parts of the service",
            hint: "Take the parts that are needed, by their own types",
          });
        },
      }),
    },
    "env-in-config": {
      create: (context) => ({
        'MemberExpression[object.name="Deno"][property.name="env"]'(node) {
          const path = pathOf(context.filename);
          if ([CONFIG, TESTS].some((it) => it.test(path))) return;
          context.report({
            node: node as Deno.lint.MemberExpression,
            message: "Only lib/config reads the environment",
            hint: "Take the value from the configuration",
          });
        },
      }),
    },
  },
};
export default plugin;

const pathOf = (filename: string) => filename.replaceAll("\\", "/");
