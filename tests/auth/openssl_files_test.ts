import { clientCertificateCredential } from "../../lib/auth/client_credentials.ts";
import { CredentialError } from "../../lib/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../deps/assert.ts";
import { assertHides } from "../support/secrecy.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";

const PASSWORD = "pass-4711";

async function openssl(folder: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command("openssl", {
    args,
    cwd: folder,
    stdin: "null",
    stderr: "null",
    stdout: "null",
  });
  return (await command.output()).success;
}

const hasOpenssl = await openssl(".", "version").catch(() => false);

const PASS = ["-passout", `pass:${PASSWORD}`];
const pkcs8 = (...how: string[]) => ["pkcs8", "-topk8", "-in", "k8", "-out", "key", ...PASS, ...how];
const traditional = (cipher: string) => ["rsa", "-in", "k8", "-out", "key", "-traditional", cipher, ...PASS];
const pfx = (...how: string[]) => ["pkcs12", "-export", "-inkey", "k8", "-in", "cert", "-out", "pfx", ...how];

/** How OpenSSL encrypts a key or a PFX, and the password where it is another. */
const FILES_OF_OPENSSL: Readonly<Record<string, { how: string[]; password?: string }>> = {
  "a key with AES-256 and SHA-256": { how: pkcs8("-v2", "aes256") },
  "a key with AES-128 and SHA-1": { how: pkcs8("-v2", "aes128", "-v2prf", "hmacWithSHA1") },
  "a key with AES-192 and SHA-384": { how: pkcs8("-v2", "aes192", "-v2prf", "hmacWithSHA384") },
  "a key with AES-256 and SHA-512": { how: pkcs8("-v2", "aes256", "-v2prf", "hmacWithSHA512") },
  "a key with triple DES, as openssl req makes it": { how: pkcs8("-v2", "des3") },
  "a key with triple DES and SHA-1, as older versions make it": {
    how: pkcs8("-v2", "des3", "-v2prf", "hmacWithSHA1"),
  },
  "a key with scrypt": { how: pkcs8("-scrypt") },
  "a key with PBE-SHA1-3DES": { how: pkcs8("-v1", "PBE-SHA1-3DES") },
  "a key in the traditional format with AES": { how: traditional("-aes256") },
  "a key in the traditional format with triple DES": { how: traditional("-des3") },
  "a PFX": { how: pfx(...PASS) },
  "a PFX with triple DES": {
    how: pfx(...PASS, "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
  },
  "a PFX with RC2": { how: pfx(...PASS, "-legacy") },
  "a PFX with an empty password": { how: pfx("-passout", "pass:"), password: "" },
  "a PFX with an empty password, and a variable for another": { how: pfx("-passout", "pass:") },
  "a PFX with a password that is not ASCII": {
    how: pfx("-passout", "pass:pässwörd €"),
    password: "pässwörd €",
  },
};

/** What people leave around a password. */
const AROUND: readonly ((password: string) => string)[] = [
  (password) => password,
  (password) => `${password}\r\n`,
  (password) => `"${password}"`,
];

function opensslTest(name: string, run: (folder: string) => Promise<void>): Deno.TestDefinition {
  return {
    name,
    permissions: { ...FILES, run: ["openssl"] },
    ignore: !hasOpenssl,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const self = [
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-keyout",
          "k8",
          "-out",
          "cert",
          "-days",
          "3",
        ];
        assert(await openssl(folder, ...self, "-subj", "/CN=app"));
        await run(folder);
      }),
  };
}

/** Makes a file in one of the ways; `false` if this OpenSSL cannot. */
async function make(folder: string, how: string[]): Promise<boolean> {
  if (!await openssl(folder, ...how)) return false;
  const read = (name: string) => Deno.readFile(`${folder}/${name}`);
  const bytes = how[0] === "pkcs12" ? await read("pfx") : [...await read("cert"), ...await read("key")];
  await Deno.writeFile(`${folder}/app`, Uint8Array.from(bytes));
  return true;
}

const CLIENT = { tenantId: "contoso.com", clientId: "app-id" };

Deno.test(opensslTest(
  "clientCertificateCredential() reads what OpenSSL encrypts, with what is around a password",
  async (folder) => {
    await using authority = generousAuthority();
    const thumbprints = new Set<string>();
    for (const [what, { how, password = PASSWORD }] of Object.entries(FILES_OF_OPENSSL)) {
      if (!await make(folder, how)) continue;
      const bytes = await Deno.readFile(`${folder}/app`);
      for (const certificate of [bytes, new TextEncoder().encode(`"${bytes.toBase64()}"\n`)]) {
        for (const around of AROUND) {
          const credential = clientCertificateCredential({
            ...CLIENT,
            authority: authority.url,
            certificate,
            certificatePassword: around(password),
          });
          await credential.getToken("s").catch((error) => {
            throw new Error(what, { cause: error });
          });
          const [header] = forms(authority).at(-1)!.client_assertion!.split(".");
          thumbprints.add(JSON.parse(atob(header!.replaceAll("-", "+").replaceAll("_", "/")))["x5t#S256"]);
        }
      }
    }
    assertEquals(thumbprints.size, 1);
  },
));

const REFUSED: Readonly<Record<string, { how: string[]; password?: string; says: RegExp; hint: RegExp }>> = {
  "a PFX without its password": {
    how: FILES_OF_OPENSSL["a PFX"]!.how,
    password: "",
    says: /it has a password$/,
    hint: /AZURE_CLIENT_CERTIFICATE_PASSWORD/,
  },
  "a PFX with a wrong password": {
    how: FILES_OF_OPENSSL["a PFX"]!.how,
    password: "wrong-password",
    says: /its password is wrong/,
    hint: /AZURE_CLIENT_CERTIFICATE_PASSWORD/,
  },
  "a PFX of RC2 with a wrong password": {
    how: FILES_OF_OPENSSL["a PFX with RC2"]!.how,
    password: "wrong-password",
    says: /its password is wrong/,
    hint: /AZURE_CLIENT_CERTIFICATE_PASSWORD/,
  },
  "a key with MD5 and DES": {
    how: pkcs8("-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"),
    says: /encrypted with MD5 and DES, which is not supported/,
    hint: /openssl pkcs12 -export -legacy -in app\.pem -out app\.pfx/,
  },
};

Deno.test(
  opensslTest(
    "clientCertificateCredential() says what is wrong with what OpenSSL encrypts",
    async (folder) => {
      for (const [what, { how, password = PASSWORD, says, hint }] of Object.entries(REFUSED)) {
        if (!await make(folder, how)) continue;
        const options = { ...CLIENT, certificatePath: `${folder}/app`, certificatePassword: password };
        const error = await assertRejects(
          () => clientCertificateCredential(options).getToken("s"),
          CredentialError,
          "",
        );
        assertMatch(error.message, says, what);
        assertMatch(error.hint!, hint, what);
        assertHides(error, ["wrong-password", PASSWORD], what);
      }
    },
  ),
);

Deno.test(opensslTest(
  "the command that is suggested for an unsupported encryption makes a file that works",
  async (folder) => {
    if (!await make(folder, REFUSED["a key with MD5 and DES"]!.how)) return;
    await Deno.rename(`${folder}/app`, `${folder}/app.pem`);
    const credential = (path: string, authority: string) =>
      clientCertificateCredential({
        ...CLIENT,
        authority,
        certificatePath: path,
        certificatePassword: PASSWORD,
      });
    await using authority = generousAuthority();
    const error = await assertRejects(
      () => credential(`${folder}/app.pem`, authority.url).getToken("s"),
      CredentialError,
    );
    const [, command = ""] = /: openssl (.*)$/.exec(error.hint!)!;
    assert(await openssl(folder, ...command.split(" "), "-passin", `pass:${PASSWORD}`, ...PASS));
    await credential(`${folder}/app.pfx`, authority.url).getToken("s");
    assertEquals(authority.received.length, 1);
  },
));
