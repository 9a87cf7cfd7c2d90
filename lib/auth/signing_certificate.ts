import { decodeBase64 } from "../base64.ts";
import { CredentialError } from "../errors.ts";
import { rememberSecret } from "../http/redact.ts";
import { cleanValue, decodeText } from "./credential_value.ts";
import { type CertificateFacts, readCertificate, readRsaKey, toPkcs8 } from "./der.ts";
import { parsePem, type PemBlock } from "./pem.ts";
import { formatTime } from "./token_claims.ts";

/** The key that signs an assertion, and the certificate that it belongs to. */
export interface SigningCertificate {
  key: CryptoKey;
  /** base64url SHA-256 of the certificate's DER. */
  thumbprint: string;
  /** base64 DER of the certificate and of its issuers, each before the one that issued it. */
  chain: string[];
  /** When the certificate begins and ceases to be valid, in ms since 1970. */
  notBefore: number;
  notAfter: number;
}

/** Lifetime of an assertion in seconds. Entra recommends five to ten minutes. */
const LIFETIME = 600;
const PSS = { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };

/** The bits that an RSA key can have. */
const BITS = { least: 2048, most: 8192 };

/** How far this machine's clock may be behind, in ms: a new certificate is valid from the moment it is made. */
const CLOCK_SKEW = 5 * 60_000;

/** Creates the error for an unusable certificate. */
type Invalid = (reason: string, hint?: string, cause?: unknown) => CredentialError;

type Bytes = Uint8Array<ArrayBuffer>;

/** Whether bytes are a PFX file (RFC 7292): a sequence that begins with version 3. */
const isPkcs12 = (bytes: Bytes) =>
  bytes[0] === 0x30 &&
  [2, 3, 4, 5].some((at) => bytes[at] === 2 && bytes[at + 1] === 1 && bytes[at + 2] === 3);

/** Returns the blocks of a file in PEM or PFX, or the base64 of one of them. */
async function readBlocks(
  data: string | Bytes,
  passwords: readonly string[],
  invalid: Invalid,
): Promise<PemBlock[]> {
  if (typeof data !== "string" && isPkcs12(data)) return await readPfx(data, passwords, invalid);
  const text = typeof data === "string" ? data : decodeText(data);
  if (text.includes("-----BEGIN")) return parsePem(text);
  const base64 = cleanValue(text).replace(/\s/g, "");
  if (/^(MI|LS0t)[\w+/-]{40,}=*$/.test(base64)) {
    try {
      return await readBlocks(decodeBase64(base64), passwords, invalid);
    } catch (error) {
      if (error instanceof CredentialError) throw error;
    }
  }
  if (typeof data === "string") return [];
  try {
    readCertificate(data);
    return [{ label: "CERTIFICATE", der: data }];
  } catch {
    return [];
  }
}

async function readPfx(bytes: Bytes, passwords: readonly string[], invalid: Invalid): Promise<PemBlock[]> {
  const { readPkcs12 } = await import("./pkcs12.ts");
  let failure: unknown;
  for (const password of [...passwords, ""]) {
    try {
      const { certificates, keys } = readPkcs12(bytes, password);
      return [
        ...certificates.map((der) => ({ label: "CERTIFICATE", der })),
        ...keys.map((der) => ({ label: "PRIVATE KEY", der })),
      ];
    } catch (error) {
      failure = error;
    }
  }
  const isPassword = /password|decrypt/i.test(String(failure));
  if (isPassword && passwords.length === 0) throw invalid("it has a password", SET_PASSWORD);
  throw isPassword
    ? invalid("its password is wrong, or it is damaged", CHECK_PASSWORD, failure)
    : invalid("it is a PFX file that cannot be read", `Convert it: ${TO_PEM}`, failure);
}

const SET_PASSWORD = "Set AZURE_CLIENT_CERTIFICATE_PASSWORD, or the option certificatePassword.";
const CHECK_PASSWORD = "Check AZURE_CLIENT_CERTIFICATE_PASSWORD, or the option certificatePassword.";
const TO_PEM = "openssl pkcs12 -legacy -in app.pfx -nodes -out app.pem";
const TO_PFX = "openssl pkcs12 -export -legacy -in app.pem -out app.pfx";
const JOIN = "Add it to the file: cat cert.pem key.pem > app.pem";

/** Returns the PKCS#8 DER of a private key in any PEM format. */
async function readKey(block: PemBlock, passwords: readonly string[], invalid: Invalid): Promise<Bytes> {
  const { label, der, encryption } = block;
  const isPkcs1 = label === "RSA PRIVATE KEY";
  if (label !== "ENCRYPTED PRIVATE KEY" && !encryption) return isPkcs1 ? toPkcs8(der) : der;
  if (passwords.length === 0) {
    throw invalid("its private key is encrypted and there is no password", SET_PASSWORD);
  }
  // Loaded only for encrypted keys: loading takes longer than the rest of a sign-in.
  const { decryptKey } = await import("./encrypted_key.ts");
  const decrypted = await decryptKey(block, passwords);
  if ("der" in decrypted) return isPkcs1 ? toPkcs8(decrypted.der) : decrypted.der;
  throw decrypted.unsupported === null
    ? invalid(
      "its private key cannot be decrypted: the password is wrong, or the key is damaged",
      CHECK_PASSWORD,
    )
    : invalid(
      `its private key is encrypted with ${decrypted.unsupported}, which is not supported`,
      `Encrypt it in another way: ${TO_PFX}`,
    );
}

/** A private key that can sign, and the modulus by which its certificates are found. */
interface UsableKey {
  der: Bytes;
  modulus: string;
}

async function readUsableKey(
  block: PemBlock,
  passwords: readonly string[],
  invalid: Invalid,
): Promise<UsableKey> {
  const notRsa = invalid("its private key is not an RSA key, which the assertion's PS256 signature needs");
  if (block.label !== "RSA PRIVATE KEY" && /^(EC|DSA) /.test(block.label)) throw notRsa;
  let der: Bytes;
  let facts: ReturnType<typeof readRsaKey>;
  try {
    der = await readKey(block, passwords, invalid);
    facts = readRsaKey(der);
  } catch (cause) {
    if (cause instanceof CredentialError) throw cause;
    throw invalid(`its ${block.label.toLowerCase()} cannot be read`, EXPORT_AGAIN, cause);
  }
  if (facts === null) throw notRsa;
  const { modulus, bits, isIntact } = facts;
  if (!isIntact) throw invalid("its private key is damaged", EXPORT_AGAIN);
  if (bits < BITS.least || bits > BITS.most) {
    throw invalid(`its RSA key has ${bits} bits; keys of 2,048 to 8,192 bits are supported`);
  }
  rememberSecret(der.toBase64());
  return { der, modulus };
}

const EXPORT_AGAIN = "Export the certificate with its key again.";

/** A certificate, and what it says. */
type Certificate = PemBlock & CertificateFacts;

function readCertificates(blocks: readonly PemBlock[]): Certificate[] {
  return blocks.filter(({ label }) => /^((X509|TRUSTED) )?CERTIFICATE$/.test(label)).map((block) => {
    try {
      return { ...block, ...readCertificate(block.der) };
    } catch { // kept, as it may be an issuer's
      return { ...block, modulus: null, notBefore: -Infinity, notAfter: -Infinity };
    }
  });
}

/** Returns the certificate among those of one key that is valid now, else the newest. */
function chooseCertificate(fitting: readonly Certificate[], now: number): Certificate | undefined {
  const newestFirst = fitting.toSorted((a, b) => b.notAfter - a.notAfter);
  return newestFirst.find(({ notBefore, notAfter }) => notBefore - CLOCK_SKEW <= now && now < notAfter) ??
    newestFirst[0];
}

/** Throws if a certificate is not valid now. */
function checkValidity({ notBefore, notAfter }: Certificate, now: number, invalid: Invalid): void {
  if (notAfter <= now) {
    throw invalid(
      `its certificate expired at ${formatTime(notAfter)}`,
      "Make a new one, and upload it under App registrations > Certificates & secrets.",
    );
  }
  if (notBefore - CLOCK_SKEW > now) {
    throw invalid(
      `its certificate is not valid before ${formatTime(notBefore)}`,
      "Check this machine's clock.",
    );
  }
}

/**
 * Parses a file with certificates and their RSA private key: PEM (PKCS#8 or PKCS#1, encrypted or not) or PFX. Of several
 * keys, the one that a valid certificate belongs to is used.
 *
 * @param data The file's bytes or text, or the base64 of a PFX.
 * @param name Names the file in errors.
 * @param password What encrypts the key or the PFX. White space and quotes around it are left out if that helps.
 * @param now In ms since 1970.
 * @throws {CredentialError} If something is missing or unusable (`CredentialInvalid`), and which part it is.
 */
export async function parseCertificate(
  data: string | Uint8Array<ArrayBuffer>,
  name: string,
  password?: string,
  now: number = Date.now(),
): Promise<SigningCertificate> {
  const invalid: Invalid = (reason, hint, cause) =>
    new CredentialError("CredentialInvalid", `Cannot use ${name}: ${reason}`, {
      hint,
      ...cause ? { cause } : {},
    });
  const passwords = password ? [...new Set([password, cleanValue(password)])] : [];
  passwords.forEach(rememberSecret);
  const blocks = await readBlocks(data, passwords, invalid);
  const certificates = readCertificates(blocks);
  const keyBlocks = blocks.filter((block) => block.label.endsWith("PRIVATE KEY"));
  if (blocks.length === 0) {
    throw invalid(
      "it is not a PEM or PFX file",
      "It must contain the certificate and its private key, as .pem, .pfx or .p12.",
    );
  }
  if (certificates.length === 0) throw invalid("it contains no certificate", JOIN);
  if (keyBlocks.length === 0) throw invalid("it contains no private key", JOIN);

  const found: { key: UsableKey; own: Certificate }[] = [];
  let failure: unknown;
  for (const block of keyBlocks) {
    try {
      const key = await readUsableKey(block, passwords, invalid);
      const own = chooseCertificate(certificates.filter(({ modulus }) => modulus === key.modulus), now);
      if (own) found.push({ key, own });
    } catch (error) {
      failure ??= error;
    }
  }
  const best = chooseCertificate(found.map(({ own }) => own), now);
  const chosen = found.find(({ own }) => own === best);
  if (!chosen) {
    throw failure ?? invalid(
      "its private key does not belong to any certificate in it",
      "Put the certificate and its own key into one file.",
    );
  }
  const { key, own } = chosen;
  checkValidity(own, now, invalid);
  const issuers = certificates.filter(({ modulus }) => modulus !== own.modulus || modulus === null);
  if (certificates.at(-1) === own) issuers.reverse(); // RFC 7515, section 4.1.6: each before its issuer
  const digest = await crypto.subtle.digest("SHA-256", own.der);
  return {
    key: await crypto.subtle.importKey("pkcs8", key.der, PSS, false, ["sign"]).catch((cause) => {
      throw invalid("its private key is damaged", EXPORT_AGAIN, cause);
    }),
    thumbprint: new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true }),
    chain: [own, ...issuers].map((certificate) => certificate.der.toBase64()),
    notBefore: own.notBefore,
    notAfter: own.notAfter,
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
