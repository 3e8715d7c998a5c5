/** A start builds when the last build is not of what is there now. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { isBuilt, markBuilt } from "../../lib/tasks/built.ts";

const SOURCES: Record<string, string> = {
  "islands/One.tsx": "one",
  "routes/index.tsx": "index",
  "lib/deep/down/part.ts": "part",
  "lib/other.ts": "other",
  "static/logo.svg": "logo",
  "deno.json": "{}",
  "dev.ts": "dev",
};
const OUTPUT: Record<string, string> = {
  "_fresh/server.js": "server",
  "_fresh/static/_fresh/js/island0.js": "island",
  "static/app.css": "css",
};

async function write(root: string, files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(`${root}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
}

/** A tree, and what builds it. */
async function withTree(
  work: (root: string, build: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "built-" });
  try {
    await write(root, SOURCES);
    await work(root, () => markBuilt(root, () => write(root, OUTPUT)));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("What was built and is as it was is not built again, also where it was moved", async () => {
  await withTree(async (root, build) => {
    assert.equal(isBuilt(root), false);
    await build();
    assert.equal(isBuilt(root), true);
    // A build after a build, whose stylesheet is there before.
    await build();
    assert.equal(isBuilt(root), true);
    const moved = `${root}-moved`;
    await Deno.rename(root, moved);
    assert.equal(isBuilt(moved), true);
    await Deno.rename(moved, root);
  });
});

Deno.test("A source that is changed, removed, added or renamed is built, whatever its time", async () => {
  await withTree(async (root, build) => {
    for (const [path, text] of Object.entries(SOURCES)) {
      await build();
      assert.equal(isBuilt(root), true, path);
      const file = `${root}/${path}`;
      const { atime, mtime } = await Deno.stat(file);
      assert.ok(atime && mtime);
      await Deno.writeTextFile(file, `${text} changed`);
      await Deno.utime(file, atime, mtime);
      assert.equal(isBuilt(root), false, `${path} changed`);
      await Deno.remove(file);
      assert.equal(isBuilt(root), false, `${path} removed`);
      // As a checkout of what was built brings it back.
      await Deno.writeTextFile(file, text);
      assert.equal(isBuilt(root), true, `${path} brought back`);
    }
    await write(root, { "deno.lock": "{}" });
    assert.equal(isBuilt(root), false, "deno.lock added");
    await build();
    await Deno.rename(`${root}/lib/other.ts`, `${root}/lib/another.ts`);
    assert.equal(isBuilt(root), false, "renamed");
  });
});

Deno.test("A build of which a file is gone or is another is made again", async () => {
  await withTree(async (root, build) => {
    for (const path of Object.keys(OUTPUT)) {
      await build();
      assert.equal(isBuilt(root), true, path);
      await Deno.writeTextFile(`${root}/${path}`, "another");
      assert.equal(isBuilt(root), false, `${path} is another`);
      await Deno.remove(`${root}/${path}`);
      assert.equal(isBuilt(root), false, `${path} is gone`);
    }
    await build();
    await Deno.writeTextFile(`${root}/_fresh/built.json`, '{"sources":"');
    assert.equal(isBuilt(root), false, "half a mark");
  });
});

Deno.test("A build that failed half-way, or during which something changed, does not count", async () => {
  await withTree(async (root, build) => {
    await build();
    await assert.rejects(markBuilt(root, async () => {
      await write(root, { "_fresh/server.js": "server" });
      throw new Error("cut");
    }));
    assert.equal(isBuilt(root), false);
    await markBuilt(root, async () => {
      await write(root, OUTPUT);
      await write(root, { "lib/other.ts": "written meanwhile" });
    });
    assert.equal(isBuilt(root), false);
  });
});

Deno.test("What another version of Deno built is built again", async () => {
  await withTree(async (root, build) => {
    await build();
    const { version } = Deno;
    const other = { ...version, deno: `${version.deno}+another` };
    Object.defineProperty(Deno, "version", { value: other });
    try {
      assert.equal(isBuilt(root), false);
    } finally {
      Object.defineProperty(Deno, "version", { value: version });
    }
    assert.equal(isBuilt(root), true);
  });
});

Deno.test("Links of editors, which lead nowhere, keep nobody from building", async () => {
  await withTree(async (root, build) => {
    await Deno.symlink("somebody@somewhere", `${root}/lib/.#other.ts`);
    await build();
    assert.equal(isBuilt(root), true);
  });
});
