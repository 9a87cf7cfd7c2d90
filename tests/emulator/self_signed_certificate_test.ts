import { X509Certificate } from "node:crypto";
import { selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { emulatorTest } from "./support.ts";

const NOT_BEFORE = new Date("2024-02-29T12:34:56Z");

Deno.test("`selfSignedCertificate()` returns a certificate signed with its own key", NONE, async () => {
  for (const notAfter of [new Date("2049-12-31T23:59:59Z"), new Date("2050-01-01T00:00:00Z")]) {
    const { certificate } = await selfSignedCertificate({
      commonName: "Zoë",
      notBefore: NOT_BEFORE,
      notAfter,
    });
    const parsed = new X509Certificate(certificate);
    assertEquals([parsed.subject, parsed.issuer], ["CN=Zoë", "CN=Zoë"]);
    assertEquals([new Date(parsed.validFrom), new Date(parsed.validTo)], [NOT_BEFORE, notAfter]);
    assertEquals(parsed.publicKey.asymmetricKeyType, "rsa");
    assertEquals(parsed.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assertEquals(parsed.ca, false);
    assertEquals([parsed.checkIP("127.0.0.1"), parsed.checkIP("127.0.0.2")], ["127.0.0.1", undefined]);
    assertEquals(parsed.verify(parsed.publicKey), true);
  }
});

Deno.test("`selfSignedCertificate()` returns the private key of the certificate", NONE, async () => {
  const { certificate, privateKey, pem } = await selfSignedCertificate();
  assertEquals(pem, certificate + privateKey);
  const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
  const der = (text: string) => Uint8Array.fromBase64(text.replaceAll(/-----.*-----|\s/g, ""));
  const key = await crypto.subtle.importKey("pkcs8", der(privateKey), algorithm, false, ["sign"]);
  const spki = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  const publicKey = await crypto.subtle.importKey("spki", new Uint8Array(spki), algorithm, false, ["verify"]);
  const data = crypto.getRandomValues(new Uint8Array(100));
  const signature = await crypto.subtle.sign({ name: "RSA-PSS", saltLength: 32 }, key, data);
  assert(await crypto.subtle.verify({ name: "RSA-PSS", saltLength: 32 }, publicKey, signature, data));
});

async function openssl(args: string[], input: string): Promise<{ ok: boolean; text: string }> {
  const child = new Deno.Command("openssl", { args, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  return { ok: success, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "`selfSignedCertificate()` returns a certificate and key that OpenSSL accepts",
  permissions: { run: ["openssl"] },
  sanitizeOps: true,
  sanitizeResources: true,
  fn: async (t) => {
    if (!hasOpenssl()) {
      return void await t.step({ name: "openssl is not installed", ignore: true, fn: () => {} });
    }
    const { certificate, privateKey } = await selfSignedCertificate({ commonName: "Contoso app" });
    const { ok, text } = await openssl(["x509", "-noout", "-text"], certificate);
    assertEquals(ok, true, text);
    for (
      const part of [
        "Version: 3 (0x2)",
        "sha256WithRSAEncryption",
        "Public-Key: (2048 bit)",
        "Digital Signature",
        "CA:FALSE",
        "Contoso app",
      ]
    ) assertStringIncludes(text, part);
    const checked = await openssl(["pkey", "-noout", "-check"], privateKey);
    assertStringIncludes(checked.text, "Key is valid");
  },
});

Deno.test(emulatorTest("`Emulator.certificate()` returns the same PEM each time", async (emulator) => {
  const [one, two] = await Promise.all([emulator.certificate(), emulator.certificate()]);
  assertEquals(one, two);
  assertEquals(one.match(/-----BEGIN [A-Z ]+-----/g), [
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PRIVATE KEY-----",
  ]);
}));
