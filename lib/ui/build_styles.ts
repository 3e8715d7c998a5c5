/**
 * Compiles the page's stylesheet: the parts of WeUI that are used (its less
 * sources come with the npm package) and our own, into `static/app.css`.
 * Generated, so that a new WeUI is one version number.
 */
import less from "less";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const STYLES = fileURLToPath(new URL("./styles/", import.meta.url));
const OUTPUT = new URL("../../static/app.css", import.meta.url);

/** Writes `static/app.css`, minified. Throws when a source does not compile. */
export async function buildStyles(): Promise<void> {
  const css = await compileStyles();
  await Deno.mkdir(new URL("./", OUTPUT), { recursive: true });
  // Written only when it changed: the development server watches it.
  const known = await Deno.readTextFile(OUTPUT).catch(() => null);
  if (known !== css) await Deno.writeTextFile(OUTPUT, css);
}

export async function compileStyles(): Promise<string> {
  const weui = dirname(
    createRequire(import.meta.url).resolve("weui/package.json"),
  );
  const { css } = await less.render(
    await Deno.readTextFile(join(STYLES, "app.less")),
    {
      filename: join(STYLES, "app.less"),
      paths: [join(weui, "src/style")],
      compress: true,
      math: "always",
    },
  );
  return css;
}

if (import.meta.main) await buildStyles();
