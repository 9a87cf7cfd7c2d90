import { clientCertificateCredential } from "../../lib/auth/client_credentials.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { tenantFileTest } from "../support/temporary.ts";

const PASSWORD = "pass wörd";
const root = await makeIdentity("Test Root");
const middle = await makeIdentity("Test Intermediate", { issuer: root });
const own = await makeIdentity("Test App", { issuer: middle });
const chain = [own, middle, root].map(({ certificate }) => certificate);

const ATTRIBUTES =
  "Bag Attributes\n    localKeyID: 01 00 \n    friendlyName: a--b\nKey Attributes: <No Attributes>\n";

const expired = await makeIdentity("Test App", { keys: own.keys, days: [-400, -30] });
const next = await makeIdentity("Test App", { keys: own.keys, days: [1, 400] });
const large = await makeIdentity("Test App", { bits: 4096 });

const encrypted = keyPem(own, "pkcs8", "aes-256-cbc", PASSWORD);
const oneLine = (pem: string) =>
  pem.replace(/(-----\n)([^-]*)(\n-----)/g, (_, begin, body, end) => begin + body.replaceAll("\n", "") + end);

/** UTF-16 with a byte order mark and Windows line ends, as Windows PowerShell writes text. */
function utf16(text: string): Uint8Array<ArrayBuffer> {
  const units = Uint16Array.from(`\ufeff${text.replaceAll("\n", "\r\n")}`, (char) => char.charCodeAt(0));
  return new Uint8Array(units.buffer);
}

/** The same certificate and key in the formats that tools write. */
const FORMS: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
  "PKCS#8": own.certificate + keyPem(own),
  "the key first": keyPem(own) + own.certificate,
  "PKCS#1": own.certificate + keyPem(own, "pkcs1"),
  "PKCS#8, encrypted with AES-256": own.certificate + keyPem(own, "pkcs8", "aes-256-cbc", PASSWORD),
  "PKCS#8, encrypted with AES-128": own.certificate + keyPem(own, "pkcs8", "aes-128-cbc", PASSWORD),
  "PKCS#1, encrypted the old way": own.certificate + keyPem(own, "pkcs1", "aes-256-cbc", PASSWORD),
  "Windows line ends": (own.certificate + keyPem(own)).replaceAll("\n", "\r\n"),
  "an encrypted key with Windows line ends": (own.certificate + keyPem(own, "pkcs8", "aes-256-cbc", PASSWORD))
    .replaceAll("\n", "\r\n"),
  "bag attributes, a byte order mark, no last line end": `\ufeff${ATTRIBUTES}${own.certificate}${ATTRIBUTES}${
    keyPem(own).trim()
  }`,
  "an encrypted key in one line": own.certificate + oneLine(encrypted),
  "an encrypted key, indented": own.certificate + encrypted.replaceAll(/^/gm, "  "),
  "an encrypted key with blanks for line ends": own.certificate + encrypted.replaceAll("\n", " "),
  "a PKCS#1 key, encrypted, with blanks for line ends": own.certificate +
    keyPem(own, "pkcs1", "aes-256-cbc", PASSWORD).replaceAll("\n", " "),
  "a PKCS#1 key with trailing blanks": own.certificate + keyPem(own, "pkcs1").replaceAll("\n", " \n"),
  "a PKCS#1 key, indented": own.certificate + keyPem(own, "pkcs1").replaceAll(/^/gm, "  "),
  "a PKCS#1 key with blank lines": own.certificate + keyPem(own, "pkcs1").replaceAll("\n", "\n\n"),
  "\\n for line ends": (own.certificate + keyPem(own)).replaceAll("\n", "\\n"),
  "a key with \\n for line ends": own.certificate + keyPem(own).replaceAll("\n", "\\n"),
  "no line ends": (own.certificate + keyPem(own)).replaceAll("\n", ""),
  "UTF-16": utf16(own.certificate + keyPem(own)),
  "base64": btoa(own.certificate + keyPem(own)),
  "another key first": keyPem(root) + own.certificate + keyPem(own),
  "a renewed certificate, the expired one first": expired.certificate + own.certificate + keyPem(own),
  "a renewed certificate, the next one last": own.certificate + next.certificate + keyPem(own),
  "a chain, its own certificate first": chain.join("") + keyPem(own),
  "a chain, its own certificate last": keyPem(own) + chain.toReversed().join(""),
};

for (const [form, certificate] of Object.entries(FORMS)) {
  Deno.test(emulatorTest(`clientCertificateCredential() signs in with a PEM of ${form}`, async (tenant) => {
    await tenant.registerCertificate(own.certificate);
    const { tenantId, clientId, cloud } = tenant;
    const settings = { tenantId, clientId, certificate, certificatePassword: PASSWORD };
    for (const sendCertificateChain of [false, true]) {
      const credential = clientCertificateCredential({ ...settings, sendCertificateChain });
      const { outcome } = await removeProfilePhoto(ALEX, { credential, cloud });
      assertEquals(outcome, sendCertificateChain ? "absent" : "removed");
    }
    assertEquals(tenant.counts.token, 2);
  }));
}

Deno.test(
  emulatorTest("clientCertificateCredential() signs in with an RSA key of 4,096 bits", async (tenant) => {
    await tenant.registerCertificate(large.certificate);
    const { tenantId, clientId, cloud } = tenant;
    const credential = clientCertificateCredential({
      tenantId,
      clientId,
      certificate: large.certificate + keyPem(large),
    });
    await removeProfilePhoto(ALEX, { credential, cloud });
  }),
);

Deno.test(tenantFileTest(
  "clientCertificateCredential() reads its file for each sign-in, so a renewed certificate is noticed",
  async (tenant, folder) => {
    const certificatePath = `${folder}/app.pem`;
    const { tenantId, clientId, url: authority } = tenant;
    const credential = clientCertificateCredential({ tenantId, clientId, authority, certificatePath });
    await Deno.writeTextFile(certificatePath, root.certificate + keyPem(root));
    await tenant.registerCertificate(root.certificate);
    const first = await credential.getToken(`${tenant.url}/.default`);
    await tenant.registerCertificate(own.certificate);
    await Deno.writeTextFile(certificatePath, own.certificate + keyPem(own, "pkcs1"));
    const second = await credential.getToken(`${tenant.url}/.default`, { refusedToken: first!.token });
    assert(second!.token !== first!.token);
    await Deno.writeTextFile(certificatePath, "");
    assertEquals(await credential.getToken(`${tenant.url}/.default`), second); // cached: the file is not read
  },
));
