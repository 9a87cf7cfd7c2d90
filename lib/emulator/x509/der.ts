/** Distinguished encoding rules (X.690) for what a certificate needs. */
export type Der = Uint8Array<ArrayBuffer>;

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

function joined(parts: readonly Uint8Array[]): Der {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}

/** An element of any tag around its content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = joined(content);
  return joined([Uint8Array.from([tag, ...lengthBytes(body.length)]), body]);
}

/** SEQUENCE. */
export const sequence = (...content: readonly Uint8Array[]): Der => element(0x30, ...content);

/** SET. */
export const set = (...content: readonly Uint8Array[]): Der => element(0x31, ...content);

/** INTEGER from its big-endian bytes, taken as positive. */
export function positiveInteger(bytes: Uint8Array): Der {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return element(0x02, ...(digits[0]! >= 0x80 ? [Uint8Array.of(0), digits] : [digits]));
}

/** BOOLEAN. */
export const boolean = (value: boolean): Der => element(0x01, Uint8Array.of(value ? 0xff : 0));

/** BIT STRING; `unused` bits at its end do not count. */
export const bitString = (bytes: Uint8Array, unused = 0): Der => element(0x03, Uint8Array.of(unused), bytes);

/** OCTET STRING. */
export const octetString = (...content: readonly Uint8Array[]): Der => element(0x04, ...content);

/** NULL. */
export const nullValue = (): Der => element(0x05);

/** UTF8String. */
export const utf8String = (text: string): Der => element(0x0c, new TextEncoder().encode(text));

/** An explicitly tagged element, `[number]`. */
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

/** Time in whole seconds: UTCTime up to 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
export function time(date: Date): Der {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  const short = date.getUTCFullYear() < 2050;
  return element(short ? 0x17 : 0x18, new TextEncoder().encode(short ? digits.slice(2) : digits));
}
