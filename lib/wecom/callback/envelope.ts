/**
 * What arrives at the callback address (90930): the check, whose `echostr` is
 * answered in plain, and the push, an envelope in XML or, where the app asks
 * for it, JSON. The signature covers exactly `msg_signature`, `timestamp`,
 * `nonce` and the cipher text: a proxy may add parameters of its own. A blank
 * inside `echostr` was a `+` that nobody had encoded.
 */
import type { Envelope } from "./crypto.ts";
import {
  type Fields,
  fieldsOf,
  isRecord,
  MalformedCallback,
  type Origin,
  readXml,
} from "./xml.ts";

/** The envelope of the check. Throws {@linkcode MalformedCallback}. */
export function checkEnvelope(query: URLSearchParams): Envelope {
  const echostr = query.get("echostr")?.replaceAll(" ", "+") ?? null;
  return { ...signed(query), encrypt: required(echostr) };
}

/** The envelope of a push. Throws {@linkcode MalformedCallback}. */
export function pushEnvelope(query: URLSearchParams, body: string): Envelope {
  const fields = read(body, "envelope");
  // XML says `Encrypt`, JSON says `encrypt`.
  const encrypt = fields.Encrypt ?? fields.encrypt;
  return {
    ...signed(query),
    encrypt: required(typeof encrypt === "string" ? encrypt.trim() : null),
  };
}

/**
 * The fields of a message that was decrypted, in either form. Throws
 * {@linkcode MalformedCallback}.
 */
export function readFields(text: string): Fields {
  return read(text, "message");
}

function read(text: string, origin: Origin): Fields {
  const start = text.trimStart();
  if (!start.startsWith("{")) return readXml(start, origin);
  let value: unknown;
  try {
    value = JSON.parse(start);
  } catch (cause) {
    throw new MalformedCallback("JSON cannot be parsed", { cause });
  }
  if (!isRecord(value)) throw new MalformedCallback("JSON is not an object");
  return fieldsOf(value);
}

function signed(query: URLSearchParams): Omit<Envelope, "encrypt"> {
  return {
    signature: required(query.get("msg_signature")),
    timestamp: required(query.get("timestamp")),
    nonce: required(query.get("nonce")),
  };
}

function required(value: string | null): string {
  if (value === null || value === "") {
    throw new MalformedCallback("Envelope is incomplete");
  }
  return value;
}
