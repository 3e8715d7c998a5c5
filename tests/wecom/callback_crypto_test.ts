/**
 * The envelope of callbacks against the published samples of the official documents and of well-known
 * libraries, and against what a forger or a broken proxy could send.
 */
import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import fc from "../support/fast_check.ts";
import { Secret } from "../../lib/config/secret.ts";
import {
  CallbackRejected,
  createCallbackCrypto,
  type Envelope,
} from "../../lib/wecom/callback/crypto.ts";
import vectors from "./vectors.json" with { type: "json" };

interface Sample {
  token?: string;
  encoding_aes_key: string;
  receiveid: string;
}

function cryptoOf(sample: Sample, receiveId = sample.receiveid) {
  const token = new Secret(sample.token ?? "");
  return createCallbackCrypto({
    token,
    aesKey: new Secret(sample.encoding_aes_key),
    receiveId,
  });
}

function envelopeOf(
  sample: {
    msg_signature: string;
    timestamp: string;
    nonce: string;
    ciphertext: string;
  },
): Envelope {
  const { msg_signature: signature, timestamp, nonce, ciphertext: encrypt } =
    sample;
  return { signature, timestamp, nonce, encrypt };
}

function reasonOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CallbackRejected) return error.reason;
    throw error;
  }
  return "accepted";
}

function sample(name: string) {
  const found = vectors.callback_decrypt.find((v) => v.name === name);
  assert.ok(found, name);
  return found;
}

const AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const own = { token: "QDG6eK", encoding_aes_key: AES_KEY, receiveid: "ww01" };
const AT = { timestamp: "1780000000", nonce: "n1" };

for (const vector of vectors.callback_decrypt) {
  Deno.test(`a callback is opened, padding of ${vector.pkcs7_pad_length}: ${vector.name}`, () => {
    assert.equal(cryptoOf(vector).open(envelopeOf(vector)), vector.plaintext);
  });

  Deno.test(`the same bytes are sealed again: ${vector.name}`, () => {
    const random = Uint8Array.from(
      vector.random_hex.match(/../g) ?? [],
      (h) => parseInt(h, 16),
    );
    const { timestamp, nonce } = vector;
    const sealed = cryptoOf(vector).seal(vector.plaintext, {
      timestamp,
      nonce,
      random,
    });
    assert.deepEqual(sealed, envelopeOf(vector));
  });
}

for (const vector of vectors.callback_encrypt_fixed_random) {
  Deno.test(`a message is sealed as the sample says: ${vector.name}`, () => {
    const random = new TextEncoder().encode(vector.random_ascii);
    const { timestamp, nonce } = vector;
    const sealed = cryptoOf(vector).seal(vector.plaintext, {
      timestamp,
      nonce,
      random,
    });
    assert.deepEqual(sealed, envelopeOf(vector));
  });
}

for (const vector of vectors.callback_signature) {
  Deno.test(`a signature of another sample is accepted: ${vector.name}`, () => {
    // The key is not published with it: getting past the signature is all there is to see.
    const crypto = cryptoOf({ ...own, token: vector.token });
    const envelope = {
      ...envelopeOf({ ...vector, ciphertext: vector.encrypt }),
    };
    assert.equal(reasonOf(() => crypto.open(envelope)), "cipher");
    const forged = {
      ...envelope,
      signature: envelope.signature.replace(/.$/, "0"),
    };
    assert.equal(reasonOf(() => crypto.open(forged)), "signature");
  });
}

const NEGATIVE_REASON: Record<string, string> = {
  "tampered-signature": "signature",
  "wrong-nonce": "signature",
  "plus-became-space": "signature",
  "receiveid-mismatch": "receiveid",
};

for (const vector of vectors.negative) {
  Deno.test(`a callback is refused: ${vector.name}`, () => {
    const name = vector.base === "go-workwx-echostr-signature"
      ? "go-workwx-echostr-decrypt"
      : vector.base;
    const base = sample(name);
    const envelope = { ...envelopeOf(base) };
    if (vector.msg_signature) {
      Object.assign(envelope, { signature: vector.msg_signature });
    }
    if (vector.nonce) Object.assign(envelope, { nonce: vector.nonce });
    if (vector.name === "plus-became-space") {
      Object.assign(envelope, {
        encrypt: envelope.encrypt.replaceAll("+", " "),
      });
    }
    const crypto = cryptoOf(base, vector.configured_corpid ?? base.receiveid);
    assert.equal(
      reasonOf(() => crypto.open(envelope)),
      NEGATIVE_REASON[vector.name],
    );
  });
}

Deno.test("whatever is sealed is opened again, and nobody else's key opens it", () => {
  const crypto = cryptoOf(own);
  const stranger = cryptoOf({ ...own, encoding_aes_key: "A".repeat(43) });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (message) => {
      const sealed = crypto.seal(message, AT);
      assert.equal(crypto.open(sealed), message);
      assert.notEqual(reasonOf(() => stranger.open(sealed)), "accepted");
    }),
  );
});

Deno.test("a changed character anywhere is refused at the signature", () => {
  const crypto = cryptoOf(own);
  const sealed = crypto.seal("<xml/>", AT);
  for (const field of ["signature", "timestamp", "nonce", "encrypt"] as const) {
    const first = sealed[field].startsWith("a") ? "b" : "a";
    const changed = { ...sealed, [field]: first + sealed[field].slice(1) };
    assert.equal(reasonOf(() => crypto.open(changed)), "signature", field);
  }
  assert.equal(
    reasonOf(() => crypto.open({ ...sealed, signature: "" })),
    "signature",
  );
});

/** A correctly signed envelope around bytes that `seal` would never make. */
function signed(plain: Uint8Array): Envelope {
  const key = Buffer.from(`${AES_KEY}=`, "base64");
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, 16))
    .setAutoPadding(false);
  return sign(
    Buffer.concat([cipher.update(plain), cipher.final()]).toString("base64"),
  );
}

function sign(encrypt: string): Envelope {
  const parts = [own.token, AT.timestamp, AT.nonce, encrypt].sort().join("");
  const signature = createHash("sha1").update(parts).digest("hex");
  return { ...AT, signature, encrypt };
}

Deno.test("well-signed nonsense is refused without a crash", () => {
  const crypto = cryptoOf(own);
  const block = (fill: number, last: number, at = 0) => {
    const bytes = new Uint8Array(64).fill(fill);
    if (at > 0) bytes.fill(last, 64 - at);
    return bytes;
  };
  const lengthBeyondEnd = block(0, 12, 12);
  lengthBeyondEnd.set([0x7f, 0xff, 0xff, 0xff], 16);
  const cases: Record<string, Envelope> = {
    "padding of 0": signed(block(0, 0)),
    "padding of 33": signed(block(33, 33)),
    "padding that is not uniform": signed(block(1, 9, 3)),
    "length beyond the end": signed(lengthBeyondEnd),
    "too short for a length": signed(new Uint8Array(32).fill(32)),
    "not whole blocks": sign("AAAA"),
    "empty": sign(""),
    "not base64": sign("!!!!"),
    "text that is not UTF-8": (() => {
      const bytes = block(0, 7, 7);
      bytes.set([0, 0, 0, 2, 0xff, 0xfe], 16);
      return signed(bytes);
    })(),
  };
  for (const [name, envelope] of Object.entries(cases)) {
    assert.equal(reasonOf(() => crypto.open(envelope)), "cipher", name);
  }
});

Deno.test("a malformed key is refused at once, and not printed", () => {
  for (const bad of ["", "short", `${"A".repeat(42)}!`, "A".repeat(44)]) {
    const make = () => cryptoOf({ ...own, encoding_aes_key: bad });
    assert.throws(
      make,
      (error: Error) =>
        error instanceof RangeError &&
        (bad === "" || !error.message.includes(bad)),
    );
  }
});
