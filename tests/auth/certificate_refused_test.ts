import { clientCertificateCredential } from "../../lib/auth/client_credentials.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { fromPem, keyMaterial, keyPem, makeIdentity, toPem } from "../support/certificates.ts";
import { ALEX } from "../support/emulated.ts";
import { assertHides } from "../support/secrecy.ts";
import { tenantFileTest } from "../support/temporary.ts";

const PASSWORD = "canary-password";
const own = await makeIdentity("Test App");
const other = await makeIdentity("Somebody Else");
const elliptic = await makeIdentity("Elliptic", { ec: true });
const small = await makeIdentity("Small", { bits: 1024 });
const expired = await makeIdentity("Test App", { keys: own.keys, days: [-400, -30] });
const older = await makeIdentity("Test App", { keys: own.keys, days: [-800, -401] });
const next = await makeIdentity("Test App", { keys: own.keys, days: [30, 400] });
const dayOf = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const encrypted = keyPem(own, "pkcs8", "aes-256-cbc", PASSWORD);
const encryptedOldWay = keyPem(own, "pkcs1", "aes-256-cbc", PASSWORD);
const ed25519 = toPem(
  "PRIVATE KEY",
  new Uint8Array(
    await crypto.subtle.exportKey(
      "pkcs8",
      (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair).privateKey,
    ),
  ),
);
const garbage = crypto.getRandomValues(new Uint8Array(600));
const der = fromPem(keyPem(own));
/** A key with one bit of its modulus changed. */
const damagedKey = toPem("PRIVATE KEY", der.with(100, der[100]! ^ 1));
/** The first bytes of a PFX file: a SEQUENCE that begins with version 3, then an object identifier. */
const pfx = Uint8Array.of(0x30, 0x82, 9, 0x9c, 2, 1, 3, 0x30, 0x82, 9, 0x56, 6, 9, ...garbage);

interface Refused {
  /** `null`: there is no file. */
  readonly file: string | Uint8Array | null;
  readonly password?: string;
  /** A part of the message. */
  readonly said: string;
  /** A part of the hint. */
  readonly hint?: string;
}

const NOT_RSA = "its private key is not an RSA key";
const NOT_PEM = { said: "it is not a PEM or PFX file", hint: "its private key, as .pem, .pfx or .p12" };
const NO_KEY = { said: "it contains no private key", hint: "cat cert.pem key.pem" };
const NO_CERTIFICATE = { said: "it contains no certificate", hint: "cat cert.pem key.pem" };
const NO_PASSWORD = { said: "encrypted and there is no password", hint: "AZURE_CLIENT_CERTIFICATE_PASSWORD" };
const WRONG_PASSWORD = {
  password: "wrong",
  said: "cannot be decrypted: the password is wrong",
  hint: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
};
const WRONG_KEY = { said: "its private key does not belong to any certificate in it", hint: "its own key" };

const REFUSED: Readonly<Record<string, Refused>> = {
  "an empty file": { file: "", ...NOT_PEM },
  "a text that is not PEM": { file: "certificate", ...NOT_PEM },
  "random bytes": { file: garbage, ...NOT_PEM },
  "a damaged PFX file": { file: pfx, said: "it is a PFX file that cannot be read", hint: "openssl pkcs12" },
  "a PEM that breaks off": { file: (own.certificate + keyPem(own)).slice(0, 400), ...NOT_PEM },
  "a PEM that is not base64": {
    file: "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    ...NOT_PEM,
  },
  "a certificate alone": { file: own.certificate, ...NO_KEY },
  "a certificate with a public key": { file: own.certificate + toPem("PUBLIC KEY", garbage), ...NO_KEY },
  "a key alone": { file: keyPem(own), ...NO_CERTIFICATE },
  "an encrypted key alone": { file: encrypted, password: PASSWORD, ...NO_CERTIFICATE },
  "a damaged key": { file: own.certificate + damagedKey, said: "its private key is damaged", hint: "again" },
  "another key": { file: own.certificate + keyPem(other), ...WRONG_KEY },
  "another key and a chain": { file: own.certificate + elliptic.certificate + keyPem(other), ...WRONG_KEY },
  "a certificate of random bytes": { file: toPem("CERTIFICATE", garbage) + keyPem(own), ...WRONG_KEY },
  "an EC key (PKCS#8)": { file: elliptic.certificate + keyPem(elliptic), said: NOT_RSA },
  "an EC key (SEC 1)": { file: elliptic.certificate + keyPem(elliptic, "sec1"), said: NOT_RSA },
  "an Ed25519 key": { file: own.certificate + ed25519, said: NOT_RSA },
  "a key of random bytes": { file: own.certificate + toPem("PRIVATE KEY", garbage), said: "its private key" },
  "a PKCS#1 key of random bytes": {
    file: own.certificate + toPem("RSA PRIVATE KEY", garbage),
    said: "its rsa private key",
  },
  "an encrypted key without a password": { file: own.certificate + encrypted, ...NO_PASSWORD },
  "an encrypted key with an empty password": {
    file: own.certificate + encrypted,
    password: "",
    ...NO_PASSWORD,
  },
  "an encrypted key with a wrong password": { file: own.certificate + encrypted, ...WRONG_PASSWORD },
  "a PKCS#1 key, encrypted, without a password": { file: own.certificate + encryptedOldWay, ...NO_PASSWORD },
  "a PKCS#1 key, encrypted, with a wrong password": {
    file: own.certificate + encryptedOldWay,
    ...WRONG_PASSWORD,
  },
  "an expired certificate": {
    file: expired.certificate + keyPem(own),
    said: `its certificate expired at ${dayOf(-30)}`,
    hint: "Make a new one",
  },
  "two expired certificates": {
    file: older.certificate + expired.certificate + keyPem(own),
    said: `its certificate expired at ${dayOf(-30)}`,
  },
  "a certificate that is not valid yet": {
    file: next.certificate + keyPem(own),
    said: `its certificate is not valid before ${dayOf(30)}`,
    hint: "clock",
  },
  "an RSA key of 1,024 bits": {
    file: small.certificate + keyPem(small),
    said: "its RSA key has 1024 bits; keys of 2,048 to 8,192 bits are supported",
  },
  "no file": { file: null, said: "it does not exist" },
};

const SECRETS = [PASSWORD, ...[own, other, elliptic].flatMap(keyMaterial)];

Deno.test(tenantFileTest(
  "clientCertificateCredential() throws for an unusable file, with its path and the reason",
  async ({ tenantId, clientId, cloud, requests }, folder) => {
    for (const [what, { file, password, said, hint }] of Object.entries(REFUSED)) {
      const path = `${folder}/app.pem`;
      if (file === null) await Deno.remove(path);
      else await Deno.writeFile(path, typeof file === "string" ? new TextEncoder().encode(file) : file);
      const options = { tenantId, clientId, certificatePath: path, certificatePassword: password };
      const credential = clientCertificateCredential(options);
      const error = await assertRejects(
        () => removeProfilePhoto(ALEX, { credential, cloud }),
        CredentialError,
      );
      assertEquals(error.code, "CredentialInvalid", what);
      for (const part of [path, said]) assertStringIncludes(error.message, part, what);
      if (hint) assertStringIncludes(error.hint ?? "", hint, what);
      assertHides(error, SECRETS, what);
    }
    assertEquals([...requests], []);
  },
));
