import { parsePem } from "../../lib/auth/pem.ts";
import { parseCertificate } from "../../lib/auth/signing_certificate.ts";
import { CredentialError } from "../../lib/errors.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fromPem, keyMaterial, keyPem, makeIdentity, toPem } from "../support/certificates.ts";
import { assertHides } from "../support/secrecy.ts";
import { anyText } from "./hostile.ts";
import { property } from "./property.ts";

const LABEL = fc.constantFrom(
  ...["CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY", "X509 CRL", "EC PARAMETERS", "X"],
);
const BAG = "Bag Attributes\n    localKeyID: 01 02";
/** What stands between blocks: bag attributes, comments, anything. */
const BETWEEN = fc.oneof(
  fc.constantFrom("", "subject=/CN=x", BAG, "# -- --", "----", "\ufeff", "\0"),
  anyText(),
).filter((text) => !text.includes("-----"));

const BLOCK = fc.record({
  label: LABEL,
  der: fc.uint8Array({ maxLength: 120 }),
  width: fc.constantFrom(1, 4, 64, 76, 1000),
  lineEnd: fc.constantFrom("\n", "\r\n", "\r", " \n"),
  headers: fc.constantFrom("", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"),
  before: BETWEEN,
});

type Block = typeof BLOCK extends fc.Arbitrary<infer T> ? T : never;

const writeBlock = ({ label, der, width, lineEnd, headers, before }: Block) => {
  const lines = der.toBase64().match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  const body = lines.map((line) => line + lineEnd).join("");
  return `${before}\n-----BEGIN ${label}-----${lineEnd}${headers}${body}-----END ${label}-----${lineEnd}`;
};

Deno.test(property(
  "parsePem() gives back every block, whatever is around it and however it is cut into lines",
  fc.tuple(fc.array(BLOCK, { maxLength: 4 }), BETWEEN),
  ([blocks, after]) => {
    const parsed = parsePem(blocks.map(writeBlock).join("") + after);
    assertEquals(
      parsed.map(({ label, der }) => [label, der.toHex()]),
      blocks.map(({ label, der }) => [label, der.toHex()]),
    );
  },
));

const PASSWORD = "canary-password";
/** A certificate with its key, in each form that is taken. */
let files: { certificate: string; key: string; password?: string }[] = [];
let secrets: string[] = [];

/** Changes to bytes: where, and to what. */
const FLIPS = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });

function flipped(pem: string, flips: [number, number][]): string {
  const label = /-----BEGIN ([A-Z ]+)-----/.exec(pem)![1]!;
  const der = fromPem(pem);
  for (const [at, byte] of flips) der[at % 2 ? at % 64 % der.length : at % der.length] = byte; // its structure, its data
  return toPem(label, der);
}

Deno.test(property(
  "parseCertificate() takes a damaged file for what it is, or throws a CredentialError without the key",
  fc.record({
    form: fc.nat(),
    certificateFlips: FLIPS,
    keyFlips: FLIPS,
    chain: fc.boolean(),
    password: fc.constantFrom(PASSWORD, "wrong", undefined),
    junk: anyText(4),
    at: fc.nat(),
  }),
  async ({ form, certificateFlips, keyFlips, chain, password, junk, at }) => {
    const { certificate, key } = files[form % files.length]!;
    const damagedKey = keyFlips.length ? flipped(key, keyFlips) : key;
    const damagedCertificate = certificateFlips.length ? flipped(certificate, certificateFlips) : certificate;
    const text = damagedCertificate + (chain ? certificate : "") + damagedKey;
    const where = at % (text.length + 1);
    const whole = junk === "" ? text : text.slice(0, where) + junk + text.slice(where);
    try {
      const { key, thumbprint, chain } = await parseCertificate(whole, "the certificate", password);
      assert(key.type === "private" && thumbprint.length === 43 && chain.length > 0);
    } catch (error) {
      assert(
        error instanceof CredentialError && error.message.startsWith("Cannot use the certificate: "),
        `${error}`,
      );
      assertHides(error, secrets, "the error");
    }
  },
  {
    async around(run) {
      const identity = await makeIdentity("fuzz");
      const ec = await makeIdentity("fuzz-ec", { ec: true });
      const { certificate } = identity;
      files = [
        { certificate, key: keyPem(identity) },
        { certificate, key: keyPem(identity, "pkcs1") },
        { certificate, key: keyPem(identity, "pkcs8", "aes-256-cbc", PASSWORD) },
        { certificate: ec.certificate, key: keyPem(ec) },
        { certificate: ec.certificate, key: keyPem(ec, "sec1") },
        { certificate, key: keyPem(ec) },
      ];
      secrets = [...keyMaterial(identity), PASSWORD];
      await run();
    },
  },
));
