import { selfSignedCertificate, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";
import { call } from "./support.ts";

const tls = await selfSignedCertificate();

Deno.test("`startEmulator()` serves HTTPS to clients that trust the certificate", LOOPBACK_ONLY, async () => {
  await using emulator = await startEmulator({ tls });
  assertEquals([new URL(emulator.url).protocol, emulator.cloud.authority], ["https:", emulator.url]);
  const headers = { authorization: `Bearer ${await emulator.issueToken()}` };
  const users = `${emulator.url}/v1.0/users?$top=1`;
  await assertRejects(() => fetch(users, { headers }), TypeError);

  using client = Deno.createHttpClient({ caCerts: [tls.certificate] });
  const { json } = await call(users, { headers, client });
  assert(json["@odata.nextLink"].startsWith(users));
  emulator.fault({ kind: "drop" });
  await assertRejects(() => fetch(users, { headers, client }), TypeError);
  emulator.fault({ kind: "truncate" });
  await assertRejects(() => call(users, { headers, client }), TypeError);
  await emulator.shutdown();
  await assertRejects(() => fetch(users, { headers, client }), TypeError);
});

Deno.test(
  "`startEmulator()` rejects a certificate or key that it cannot serve HTTPS with",
  NONE,
  async () => {
    const { certificate, privateKey } = tls;
    const other = await makeIdentity("elsewhere");
    const cases = [
      [{ certificate: "none", privateKey }, "the certificate cannot be read"],
      [{ certificate, privateKey: "none" }, "the private key cannot be read"],
      [{ certificate, privateKey: keyPem(other) }, "does not match the certificate"],
      [{ certificate: other.certificate, privateKey: keyPem(other) }, "not valid for 127.0.0.1"],
    ] as const;
    for (const [tls, message] of cases) {
      await assertRejects(() => startEmulator({ tls }), TypeError, message);
    }
  },
);
