import { fromBase64 } from "../base64.ts";

/** Wraps DER bytes as PEM (RFC 7468). */
export function toPem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The bytes of the first PEM block with this label; `undefined` where there is none. */
export function fromPem(label: string, pem: string): Uint8Array<ArrayBuffer> | undefined {
  const block = new RegExp(`-----BEGIN ${label}-----([\\s\\S]*?)-----END ${label}-----`).exec(pem)?.[1];
  return block === undefined ? undefined : fromBase64(block.replaceAll(/\s/g, ""));
}
