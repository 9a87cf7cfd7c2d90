import { decodeBase64 } from "../base64.ts";

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** What it says it is, such as "CERTIFICATE". */
  label: string;
  /** The whole block, its lines included. */
  pem: string;
  /** What it holds, in DER; for a key in OpenSSL's old encrypted form, meaningless. */
  der: Uint8Array<ArrayBuffer>;
}

/** The blocks of a PEM text in order; what stands between them (bag attributes, comments) is passed over. */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (
    const match of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\s([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g)
  ) {
    const [pem, label = "", body = ""] = match;
    const base64 = body.replace(/^[\w-]+:.*$/gm, "").replace(/\s/g, "");
    try {
      blocks.push({ label, pem, der: decodeBase64(base64) });
    } catch { /* not base64: as good as absent, and said to be missing */ }
  }
  return blocks;
}
