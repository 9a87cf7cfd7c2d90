import { decodeBase64 } from "../base64.ts";
import { CredentialError } from "../errors.ts";

/** The key that signs an assertion, and the certificate that it belongs to. */
export interface SigningCertificate {
  key: CryptoKey;
  /** base64url SHA-256 of the certificate's DER. */
  thumbprint: string;
  /** base64 DER of the certificate and of its issuers, each before the one that issued it. */
  chain: string[];
}

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** Its type, such as "CERTIFICATE". */
  label: string;
  /** The whole block, including its BEGIN and END lines. */
  pem: string;
  /** Its decoded contents; ciphertext if OpenSSL encrypted a key in its traditional format. */
  der: Uint8Array<ArrayBuffer>;
}

/** Lifetime of an assertion in seconds. Entra recommends five to ten minutes. */
const LIFETIME = 600;
const PSS = { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };

/** Returns the blocks of a PEM text in order, without the text between them (bag attributes, comments). */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (
    const match of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\s([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g)
  ) {
    const [pem, label = "", body = ""] = match;
    const base64 = body.replace(/^[\w-]+:.*$/gm, "").replace(/\s/g, "");
    try {
      blocks.push({ label, pem, der: decodeBase64(base64) });
    } catch { /* not base64: ignored; reported as missing later */ }
  }
  return blocks;
}

/** Creates the error for an unusable certificate. */
type Invalid = (reason: string, hint?: string, cause?: unknown) => CredentialError;

/** Returns the PKCS#8 DER of a private key in any PEM format. */
async function toPkcs8({ label, pem, der }: PemBlock, password: string | undefined, invalid: Invalid) {
  if (label === "PRIVATE KEY") return der;
  const encrypted = label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: *4,ENCRYPTED/m.test(pem);
  if (encrypted && !password) {
    throw invalid(
      "its private key is encrypted and there is no password",
      "Set AZURE_CLIENT_CERTIFICATE_PASSWORD, or the option certificatePassword.",
    );
  }
  // Loaded only for other formats than PKCS#8: loading takes longer than the rest of a sign-in.
  const { createPrivateKey } = await import("node:crypto");
  try {
    const key = createPrivateKey({ key: pem, format: "pem", passphrase: password });
    return Uint8Array.from(key.export({ type: "pkcs8", format: "der" }));
  } catch (cause) {
    throw invalid(
      encrypted
        ? "its private key cannot be decrypted: the password is wrong, or the cipher is not supported"
        : `its ${label.toLowerCase()} cannot be read`,
      "Convert the key to PKCS#8 with AES: openssl pkcs8 -topk8 -v2 aes256 -in key.pem",
      cause,
    );
  }
}

/** Returns the certificate of the key. It need not be the first: exports from Windows have other orders. */
async function findOwnCertificate(certificates: PemBlock[], key: CryptoKey, invalid: Invalid) {
  const { importX509 } = await import("../deps/jose_sign.ts");
  const probe = crypto.getRandomValues(new Uint8Array(32));
  const signature = await crypto.subtle.sign(PSS, key, probe).catch((cause) => {
    throw invalid("its private key is damaged", "Export the certificate with its key again.", cause);
  });
  for (const certificate of certificates) {
    const publicKey = await importX509(certificate.pem, "PS256").catch(() => undefined);
    if (publicKey && await crypto.subtle.verify(PSS, publicKey, signature, probe)) return certificate;
  }
  throw invalid(
    "its private key does not belong to any certificate in it",
    "Put the certificate and its own key into one file.",
  );
}

/**
 * Parses a PEM text with certificates and an RSA private key: PKCS#8 or PKCS#1, encrypted or not.
 *
 * @param name Names the text in errors.
 * @throws {CredentialError} If something is missing or unusable (`CredentialInvalid`), and which part it is.
 */
export async function parseCertificate(
  text: string,
  name: string,
  password?: string,
): Promise<SigningCertificate> {
  const invalid: Invalid = (reason, hint, cause) =>
    new CredentialError("CredentialInvalid", `Cannot use ${name}: ${reason}`, { hint, cause });
  const blocks = parsePem(text);
  const certificates = blocks.filter((block) => block.label === "CERTIFICATE");
  const keyBlock = blocks.find((block) => block.label.endsWith("PRIVATE KEY"));
  if (blocks.length === 0) {
    throw invalid(
      "it is not a PEM file",
      "To convert a .pfx or .p12 file: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem",
    );
  }
  if (certificates.length === 0) {
    throw invalid("it contains no certificate", "Add it to the file: cat cert.pem key.pem > app.pem");
  }
  if (!keyBlock) {
    throw invalid("it contains no private key", "Add it to the file: cat cert.pem key.pem > app.pem");
  }
  const der = await toPkcs8(keyBlock, password, invalid);
  const key = await crypto.subtle.importKey("pkcs8", der, PSS, false, ["sign"]).catch((cause) => {
    throw invalid(
      "its private key is not an RSA key, which the assertion's PS256 signature needs",
      undefined,
      cause,
    );
  });
  const own = await findOwnCertificate(certificates, key, invalid);
  const issuers = certificates.filter((certificate) => certificate !== own);
  if (certificates.at(-1) === own) issuers.reverse(); // RFC 7515, section 4.1.6: each before its issuer
  const chain = [own, ...issuers];
  const digest = await crypto.subtle.digest("SHA-256", own.der);
  return {
    key,
    thumbprint: new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true }),
    chain: chain.map((certificate) => certificate.der.toBase64()),
  };
}

/**
 * Returns a signed JWT that proves to the token endpoint that the app has the certificate's private key.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export async function signAssertion(
  certificate: SigningCertificate,
  options: { clientId: string; tokenUrl: string; sendCertificateChain?: boolean; now?: number },
): Promise<string> {
  const { SignJWT } = await import("../deps/jose_sign.ts");
  const { clientId, tokenUrl, sendCertificateChain = false, now = Date.now() } = options;
  const seconds = Math.floor(now / 1000);
  return await new SignJWT()
    .setProtectedHeader({
      alg: "PS256",
      typ: "JWT",
      "x5t#S256": certificate.thumbprint,
      ...(sendCertificateChain ? { x5c: certificate.chain } : {}),
    })
    .setAudience(tokenUrl)
    .setIssuer(clientId)
    .setSubject(clientId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + LIFETIME)
    .sign(certificate.key);
}
