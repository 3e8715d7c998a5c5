/** Copies the content of a directory into another, which exists. */
export async function copy(from: string, to: string): Promise<void> {
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) {
      await Deno.mkdir(target, { recursive: true });
      await copy(source, target);
    } else await Deno.copyFile(source, target);
  }
}
