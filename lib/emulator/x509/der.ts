import { encodeUtf8 } from "../encoding.ts";

/** Bytes in DER, the distinguished encoding rules of X.690; here only what certificates need. */
export type Der = Uint8Array<ArrayBuffer>;

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

function concat(parts: readonly Uint8Array[]): Der {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((offset, part) => {
    whole.set(part, offset);
    return offset + part.length;
  }, 0);
  return whole;
}

/** Encodes an element with this tag. */
export function element(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = concat(content);
  return concat([Uint8Array.from([tag, ...lengthBytes(body.length)]), body]);
}

/** SEQUENCE. */
export const sequence = (...content: readonly Uint8Array[]): Der => element(0x30, ...content);

/** SET. */
export const set = (...content: readonly Uint8Array[]): Der => element(0x31, ...content);

/** INTEGER from big-endian bytes, whose first bit is the sign. */
export const integer = (bytes: Uint8Array): Der => element(0x02, bytes);

/** BOOLEAN. */
export const boolean = (value: boolean): Der => element(0x01, Uint8Array.of(value ? 0xff : 0));

/** BIT STRING; the last `unused` bits are padding. */
export const bitString = (bytes: Uint8Array, unused = 0): Der => element(0x03, Uint8Array.of(unused), bytes);

/** OCTET STRING. */
export const octetString = (...content: readonly Uint8Array[]): Der => element(0x04, ...content);

/** NULL. */
export const nullValue = (): Der => element(0x05);

/** UTF8String. */
export const utf8String = (text: string): Der => element(0x0c, encodeUtf8(text));

/** An explicitly tagged element: `[number] EXPLICIT`. */
export const explicit = (number: number, content: Uint8Array): Der => element(0xa0 | number, content);

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const base128 = (value: number): number[] => {
    const bytes = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f));
    return bytes;
  };
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Time in whole seconds: UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, section 4.1.2.5). */
export function time(date: Date): Der {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  const isUtcTime = date.getUTCFullYear() < 2050;
  return element(isUtcTime ? 0x17 : 0x18, encodeUtf8(isUtcTime ? digits.slice(2) : digits));
}
