import { clientCertificateCredential } from "../../lib/auth/client_certificate.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertThrows } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { LOOPBACK, test } from "../support/test.ts";

const PASSWORD = "pass wörd";
const root = await makeIdentity("Test Root");
const middle = await makeIdentity("Test Intermediate", { issuer: root });
const own = await makeIdentity("Test App", { issuer: middle });
const chain = [own, middle, root].map(({ certificate }) => certificate);

const ATTRIBUTES =
  "Bag Attributes\n    localKeyID: 01 00 \n    friendlyName: a--b\nKey Attributes: <No Attributes>\n";

/** The same certificate and key, as tools write them. */
const FORMS: Readonly<Record<string, string>> = {
  "PKCS#8": own.certificate + keyPem(own),
  "the key first": keyPem(own) + own.certificate,
  "PKCS#1": own.certificate + keyPem(own, "pkcs1"),
  "PKCS#8, encrypted with AES-256": own.certificate + keyPem(own, "pkcs8", "aes-256-cbc", PASSWORD),
  "PKCS#8, encrypted with AES-128": own.certificate + keyPem(own, "pkcs8", "aes-128-cbc", PASSWORD),
  "PKCS#1, encrypted the old way": own.certificate + keyPem(own, "pkcs1", "aes-256-cbc", PASSWORD),
  "line ends of Windows": (own.certificate + keyPem(own)).replaceAll("\n", "\r\n"),
  "an encrypted key with line ends of Windows":
    (own.certificate + keyPem(own, "pkcs8", "aes-256-cbc", PASSWORD)).replaceAll("\n", "\r\n"),
  "bag attributes, a mark of byte order, no last line end":
    `\ufeff${ATTRIBUTES}${own.certificate}${ATTRIBUTES}${keyPem(own).trim()}`,
  "a chain, its own certificate first": chain.join("") + keyPem(own),
  "a chain, its own certificate last": keyPem(own) + chain.toReversed().join(""),
};

for (const [form, certificate] of Object.entries(FORMS)) {
  emulatorTest(`clientCertificateCredential() signs in with a PEM of ${form}`, async (tenant) => {
    await tenant.registerCertificate(own.certificate);
    const { tenantId, clientId, cloud } = tenant;
    const settings = { tenantId, clientId, certificate, certificatePassword: PASSWORD };
    for (const sendCertificateChain of [false, true]) {
      const credential = clientCertificateCredential({ ...settings, sendCertificateChain });
      const { outcome } = await removeProfilePhoto(ALEX, { credential, cloud });
      assertEquals(outcome, sendCertificateChain ? "absent" : "removed");
    }
    assertEquals(tenant.counts.token, 2);
  });
}

test("clientCertificateCredential() reads its file for each sign-in, so that a renewal is noticed", {
  ...LOOPBACK as Deno.PermissionOptionsObject,
  read: true,
  write: true,
}, async () => {
  await using tenant = await startEmulator();
  const file = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(file, root.certificate + keyPem(root));
    const { tenantId, clientId, url: authority } = tenant;
    const credential = clientCertificateCredential({ tenantId, clientId, authority, certificatePath: file });
    await tenant.registerCertificate(root.certificate);
    const first = await credential.getToken(`${tenant.url}/.default`);
    await tenant.registerCertificate(own.certificate);
    await Deno.writeTextFile(file, own.certificate + keyPem(own, "pkcs1"));
    const second = await credential.getToken(`${tenant.url}/.default`, { refusedToken: first!.token });
    assert(second!.token !== first!.token);
    await Deno.writeTextFile(file, "");
    assertEquals(await credential.getToken(`${tenant.url}/.default`), second); // it is not read without need
  } finally {
    await Deno.remove(file);
  }
});

test("clientCertificateCredential() throws a TypeError for what is no certificate option", "none", () => {
  const client = { tenantId: "contoso.com", clientId: "app-id" };
  for (const value of [undefined, null, "", 5, {}, ["x"]]) {
    for (const name of ["certificate", "certificatePath"]) {
      const options = { ...client, [name]: value } as unknown as Parameters<
        typeof clientCertificateCredential
      >[0];
      assertThrows(() => clientCertificateCredential(options), TypeError, "the certificate as it must be");
    }
  }
});
