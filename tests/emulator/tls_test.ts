import { selfSignedCertificate, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { call, pureTest } from "./support.ts";

const tls = await selfSignedCertificate();

Deno.test({
  name: "`startEmulator()` serves HTTPS, to a client that trusts the certificate",
  permissions: { net: true },
  sanitizeOps: true,
  sanitizeResources: true,
  fn: async () => {
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
  },
});

pureTest("`startEmulator()` refuses what it cannot serve HTTPS with, and says why", async () => {
  const { certificate, privateKey } = tls;
  const other = await makeIdentity("elsewhere");
  const cases = [
    [{ certificate: "none", privateKey }, "the certificate cannot be read"],
    [{ certificate, privateKey: "none" }, "the private key cannot be read"],
    [{ certificate, privateKey: keyPem(other) }, "not the certificate's"],
    [{ certificate: other.certificate, privateKey: keyPem(other) }, "not for 127.0.0.1"],
  ] as const;
  for (const [wrong, why] of cases) {
    await assertRejects(() => startEmulator({ tls: wrong }), TypeError, why);
  }
});
