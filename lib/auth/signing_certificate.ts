import { CredentialError } from "../errors.ts";
import { parsePem, type PemBlock } from "./pem.ts";

/** What an assertion is signed with. */
export interface SigningCertificate {
  key: CryptoKey;
  /** base64url SHA-256 of the certificate's DER. */
  thumbprint: string;
  /** base64 DER of the certificate and of those that issued it. */
  chain: string[];
}

/** How long an assertion is good for, in seconds. Entra advises five to ten minutes. */
const LIFETIME = 600;
const PSS = { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };

const KEY_LABEL = /PRIVATE KEY$/;

/** A private key's PKCS#8 DER, whatever form it is in. */
async function toPkcs8({ label, pem, der }: PemBlock, password: string | undefined, invalid: Invalid) {
  if (label === "PRIVATE KEY") return der;
  const encrypted = label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: *4,ENCRYPTED/m.test(pem);
  if (encrypted && !password) {
    throw invalid(
      "its private key is encrypted and there is no password",
      "Set AZURE_CLIENT_CERTIFICATE_PASSWORD.",
    );
  }
  // Loaded for the unusual forms alone: it takes longer than all the rest of a sign-in's work.
  const { createPrivateKey } = await import("node:crypto");
  try {
    const key = createPrivateKey({ key: pem, format: "pem", passphrase: password });
    return Uint8Array.from(key.export({ type: "pkcs8", format: "der" }));
  } catch (cause) {
    throw invalid(
      encrypted
        ? "its private key cannot be decrypted: the password is wrong, or the encryption is not one that is known here"
        : `its ${label.toLowerCase()} cannot be read`,
      "Rewrite the key as PKCS#8 with AES: openssl pkcs8 -topk8 -v2 aes256 -in key.pem",
      cause,
    );
  }
}

type Invalid = (reason: string, hint?: string, cause?: unknown) => CredentialError;

/** The certificate that belongs to the key comes first in a chain; exports from Windows order them otherwise. */
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
    "its private key belongs to no certificate in it",
    "Put the certificate and its own key into one file.",
  );
}

/**
 * Reads a PEM text with certificate(s) and a private key: PKCS#8, encrypted or not, or PKCS#1.
 *
 * @param name What the text is called in errors.
 * @throws {CredentialError} If something is missing, saying what.
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
  const keyBlock = blocks.find((block) => KEY_LABEL.test(block.label));
  if (blocks.length === 0) {
    throw invalid(
      "it is not a PEM file",
      "A .pfx or .p12 file becomes one by: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem",
    );
  }
  if (certificates.length === 0) {
    throw invalid("it holds no certificate", "Add it to the file: cat cert.pem key.pem");
  }
  if (!keyBlock) throw invalid("it holds no private key", "Add it to the file: cat cert.pem key.pem");
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
  if (certificates.at(-1) === own) issuers.reverse(); // each before the one that issued it (RFC 7515, section 4.1.6)
  const chain = [own, ...issuers];
  const digest = await crypto.subtle.digest("SHA-256", own.der);
  return {
    key,
    thumbprint: new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true }),
    chain: chain.map((certificate) => certificate.der.toBase64()),
  };
}

/**
 * Signs the assertion by which an app proves to the token endpoint that it holds the certificate's key.
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
