import { decodeBase64 } from "../base64.ts";

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** Its type, such as "CERTIFICATE". */
  label: string;
  /** Its decoded contents; ciphertext if OpenSSL encrypted a key in its traditional format. */
  der: Uint8Array<ArrayBuffer>;
  /** How OpenSSL's traditional format encrypted it: such as "AES-256-CBC", and the initialization vector in hex. */
  encryption?: { cipher: string; iv: string };
}

const BOUNDARY = /-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----/g;
const ENCRYPTION = /DEK-Info:\s{0,9}([A-Z0-9-]{1,20})(?:,([\dA-Fa-f]{0,64}))?/;

function parseBlock(label: string, body: string): PemBlock | undefined {
  const [, cipher, iv = ""] = ENCRYPTION.exec(body) ?? [];
  const base64 = body.replace(/Proc-Type:\s{0,9}4,ENCRYPTED/, "").replace(ENCRYPTION, "")
    .replace(/^[ \t]*[\w-]+:.*$/gm, "").replace(/\s/g, "");
  try {
    const der = decodeBase64(base64);
    return cipher === undefined ? { label, der } : { label, der, encryption: { cipher, iv } };
  } catch {
    return undefined; // not base64: reported as missing later
  }
}

/**
 * Returns the blocks of a PEM text in order, without the text between them (bag attributes, comments). White space and
 * line ends do not matter: they may be missing, or written as `\n`.
 */
export function parsePem(text: string): PemBlock[] {
  const lines = text.replaceAll(/\\[rn]/g, "\n");
  const blocks: PemBlock[] = [];
  let begun: { label: string; at: number } | undefined;
  for (const { 0: boundary, 1: kind, 2: label = "", index } of lines.matchAll(BOUNDARY)) {
    if (kind === "BEGIN") begun = { label, at: index + boundary.length };
    else {
      const block = begun?.label === label && parseBlock(label, lines.slice(begun.at, index));
      if (block) blocks.push(block);
      begun = undefined;
    }
  }
  return blocks;
}
