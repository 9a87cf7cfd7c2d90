import { environmentCredential } from "../../lib/auth/environment_credential.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX } from "../support/emulated.ts";
import { assertHides } from "../support/secrecy.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { LOOPBACK, test } from "../support/test.ts";

const FILES: Deno.PermissionOptions = {
  ...LOOPBACK as Deno.PermissionOptionsObject,
  read: true,
  write: true,
};

test("a token file is read for each removal, so that a renewed token is noticed", FILES, async () => {
  await using tenant = await startEmulator();
  const file = await Deno.makeTempFile();
  try {
    const credential = environmentCredential({ tokenFile: file });
    assertEquals(credential.source, "--token-file");
    const tokens = [await tenant.issueToken(), await tenant.issueToken()];
    for (const token of tokens) {
      await Deno.writeTextFile(file, `Bearer ${token}\r\n`);
      await removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud });
    }
    assertEquals(
      tenant.requests.map(({ headers }) => headers.authorization),
      tokens.map((token) => `Bearer ${token}`),
    );
  } finally {
    await Deno.remove(file);
  }
});

test("a token file that was renewed is read again when its token is refused", FILES, async () => {
  await using tenant = await startEmulator();
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, await tenant.issueToken({ expiresIn: -60 }));
    const fresh = await tenant.issueToken();
    const renewing: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      await Deno.writeTextFile(file, fresh); // as another program does meanwhile
      return response;
    };
    const credential = environmentCredential({ tokenFile: file });
    const { outcome, attempts } = await removeProfilePhoto(ALEX, {
      credential,
      cloud: tenant.cloud,
      fetch: renewing,
    });
    assertEquals([outcome, attempts], ["removed", 2]);
  } finally {
    await Deno.remove(file);
  }
});

test("a token file that cannot be used is named, its text is not", FILES, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows: [name: string, text: string | null, said: string][] = [
      ["none", null, "it does not exist"],
      [".", null, "it is a folder"],
      ["empty", "\n", "is empty"],
      ["lines", "canary-token\ncanary-token", "contains white space"],
      ["huge", "canary-token".repeat(30_000), "it has more than 262144 bytes"],
    ];
    for (const [name, text, said] of rows) {
      const path = `${folder}/${name}`;
      if (text !== null) await Deno.writeTextFile(path, text);
      const error = await assertRejects(
        () => environmentCredential({ tokenFile: path }).getToken("s"),
        CredentialError,
      );
      assertEquals(error.code, "CredentialInvalid", name);
      assertStringIncludes(error.message, said);
      assertStringIncludes(error.message, "token file");
      assertHides(error, ["canary-token"], name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "a token from a pipe is read once, and serves for all",
  permissions: { ...FILES as Deno.PermissionOptionsObject, run: ["mkfifo"] },
  ignore: Deno.build.os === "windows",
  sanitizeOps: true,
  sanitizeResources: true,
  fn: async () => {
    await using tenant = await startEmulator();
    await inTemporaryFolder(async (folder) => {
      const pipe = `${folder}/pipe`;
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      const credential = environmentCredential({ tokenFile: pipe });
      const token = await tenant.issueToken();
      const both = ["alex@contoso.com", "diego@contoso.com"].map((user) =>
        removeProfilePhoto({ user }, { credential, cloud: tenant.cloud })
      );
      await Deno.writeTextFile(pipe, token, { create: false });
      assertEquals((await Promise.all(both)).map(({ outcome }) => outcome), ["removed", "removed"]);
    });
  },
});

test("a token file that may not be read is said to need a permission", LOOPBACK, async () => {
  const credential = environmentCredential({ tokenFile: "/token.txt" });
  await assertRejects(() => credential.getToken("scope"), CredentialError, "--allow-read");
});
