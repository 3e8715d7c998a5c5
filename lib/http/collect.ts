/** Bodies that others send, read no further than they may be long. */

export class TooLarge extends Error {
  override readonly name = "TooLarge";

  constructor(readonly most: number) {
    super(`Body is larger than ${most} bytes`);
  }
}

/**
 * All of a body, counted while it is read: a Content-Length may lie or be
 * absent, and what is packed grows when it is unpacked. Throws
 * {@linkcode TooLarge}; the rest is not read then.
 */
export async function collect(
  message: Request | Response,
  most: number,
): Promise<Uint8Array> {
  const { headers, body } = message;
  const told = Number(headers.get("content-length") ?? 0);
  if (told > most) {
    await body?.cancel();
    throw new TooLarge(most);
  }
  // The server reads no more of a request than was told: all of it at once.
  if (told > 0 && message instanceof Request) {
    const bytes = await message.bytes();
    if (bytes.byteLength > most) throw new TooLarge(most);
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > most) throw new TooLarge(most);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
