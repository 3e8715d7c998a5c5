/**
 * Compresses what a build ships, once and at the best quality, so that a server
 * only has to send it.
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { type Encoding, ENCODINGS } from "../snapshot.ts";

const TEXT = /^(text\/|application\/(javascript|json|manifest)|image\/svg)/;
/** Less than that fits into a packet as it is. */
const WORTH_IT = 600;

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** The encodings that make the content smaller. */
export async function pack(
  contentType: string,
  content: Uint8Array,
): Promise<[Encoding, Uint8Array][]> {
  if (!TEXT.test(contentType) || content.byteLength < WORTH_IT) return [];
  const packed = await Promise.all(
    ENCODINGS.map(async (encoding): Promise<[Encoding, Uint8Array]> => [
      encoding,
      await PACKERS[encoding](content),
    ]),
  );
  return packed.filter(([, { byteLength }]) => byteLength < content.byteLength);
}

const PACKERS: Record<Encoding, (content: Uint8Array) => Promise<Uint8Array>> =
  {
    br: (content) =>
      toBrotli(content, {
        params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength },
      }),
    gzip: (content) => toGzip(content, { level: 9 }),
  };
