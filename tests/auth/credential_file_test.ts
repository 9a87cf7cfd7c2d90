import { credentialFileReader, tokenFileCredential } from "../../lib/auth/credential_file.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { keyMaterial, keyPem, makeIdentity } from "../support/certificates.ts";
import { ALEX } from "../support/emulated.ts";
import { assertHides } from "../support/secrecy.ts";
import { FILES, fileTest, inTemporaryFolder, tenantFileTest } from "../support/temporary.ts";
import { IS_WINDOWS, LOOPBACK_ONLY } from "../support/test.ts";

Deno.test(tenantFileTest(
  "tokenFileCredential() keeps its token while the file is empty, gone or written anew",
  async (tenant, folder) => {
    const path = `${folder}/token`;
    const credential = tokenFileCredential(path);
    const token = await tenant.issueToken();
    const steps = [
      () => Deno.writeTextFile(path, `Bearer ${token}\r\n`),
      () => Deno.writeTextFile(path, ""),
      () => Deno.remove(path),
      async () => Deno.writeTextFile(path, await tenant.issueToken()),
    ];
    for (const step of steps) {
      await step();
      await removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud });
      assertEquals(tenant.requests.at(-1)!.headers.authorization, `Bearer ${token}`);
    }
  },
));

Deno.test(tenantFileTest(
  "tokenFileCredential() reads its file again when Graph refuses its token",
  async (tenant, folder) => {
    const path = `${folder}/token`;
    await Deno.writeTextFile(path, await tenant.issueToken({ expiresIn: -60 }));
    const renewed = await tenant.issueToken();
    const renewing: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      await Deno.writeTextFile(path, renewed); // as another program does meanwhile
      return response;
    };
    const options = { credential: tokenFileCredential(path), cloud: tenant.cloud, fetch: renewing };
    const { outcome, attempts } = await removeProfilePhoto(ALEX, options);
    assertEquals([outcome, attempts], ["removed", 2]);
  },
));

Deno.test("tokenFileCredential() reads a pipe once, for all removals", {
  permissions: { ...FILES, run: ["mkfifo"] },
  ignore: IS_WINDOWS,
}, async () => {
  await using tenant = await startEmulator();
  await inTemporaryFolder(async (folder) => {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const credential = tokenFileCredential(pipe);
    const token = await tenant.issueToken();
    const both = ["alex@contoso.com", "diego@contoso.com"].map((user) =>
      removeProfilePhoto({ user }, { credential, cloud: tenant.cloud })
    );
    await Deno.writeTextFile(pipe, token, { create: false });
    assertEquals((await Promise.all(both)).map(({ outcome }) => outcome), ["removed", "removed"]);
  });
});

/** Unusable token files (`null`: there is none), and what the error says. */
const UNUSABLE: readonly [name: string, text: string | null, message: string][] = [
  ["none", null, "it does not exist"],
  [".", null, "it is a folder"],
  ["empty", "\n", "is empty"],
  ["lines", "canary-token\ncanary-token", "contains white space"],
  ["huge", "canary-token".repeat(30_000), "more than 262144 bytes"],
];

Deno.test(
  fileTest(
    "tokenFileCredential() names an unusable file, and does not repeat its contents",
    async (folder) => {
      for (const [name, text, message] of UNUSABLE) {
        const path = `${folder}/${name}`;
        if (text !== null) await Deno.writeTextFile(path, text);
        const error = await assertRejects(() => tokenFileCredential(path).getToken("s"), CredentialError);
        assertEquals(error.code, "CredentialInvalid", name);
        for (const part of [message, "token file", JSON.stringify(path)]) {
          assertStringIncludes(error.message, part);
        }
        assertHides(error, ["canary-token"], name);
      }
    },
  ),
);

Deno.test("credentialFileReader() says which permission is missing", LOOPBACK_ONLY, async () => {
  const error = await assertRejects(credentialFileReader("/token.txt", "token file"), CredentialError);
  assertEquals(error.code, "CredentialInvalid");
  assertStringIncludes(error.message, 'Cannot read the token file "/token.txt"');
  assertStringIncludes(error.message, "--allow-read");
});

Deno.test("credentialFileReader() does not repeat a path that is the contents of a file", {
  permissions: FILES,
}, async () => {
  const jwt = `eyJhbGciOiJub25lIn0.${"canary-claims".repeat(30)}.canary-signature`;
  const [rsa, elliptic] = [await makeIdentity("RSA"), await makeIdentity("EC", { ec: true })];
  const pems = [rsa.certificate + keyPem(rsa), keyPem(rsa), keyPem(elliptic)];
  const secrets = ["canary-claims", "canary-signature", ...keyMaterial(rsa), ...keyMaterial(elliptic)];
  for (const contents of [jwt, `${jwt}\n`, ...pems, keyPem(rsa).replaceAll("\n", "\\n")]) {
    const error = await assertRejects(credentialFileReader(contents, "file"), CredentialError);
    assertEquals(error.code, "CredentialInvalid");
    assertHides(error, secrets, contents.slice(0, 20));
  }
});
