import { CredentialError } from "../errors.ts";
import { refusalOf } from "../host/deno.ts";
import { describeFileError, isRegularFile, readTextFile } from "../host/files.ts";
import { accessTokenCredential } from "./static_token.ts";
import type { TokenCredential } from "./token_credential.ts";

/** File contents given in place of a path. They may be secret, so errors do not repeat them. */
const CONTENT = /-----BEGIN|^\s*eyJ|[\r\n]/;

/** In bytes: far more than a token, or a certificate chain with its key, needs. */
const MAX_BYTES = 2 ** 18;

/**
 * Returns a function that reads a file with a token, a certificate or an assertion. A regular file is
 * read at each call, so that its renewal is noticed; a pipe, such as `<(…)` of a shell, is read once.
 *
 * @param what Names the purpose of the file in errors, such as "token file".
 */
export function credentialFileReader(path: string, what: string): () => Promise<string> {
  let piped: Promise<string> | undefined;
  return async () => {
    if (CONTENT.test(path)) {
      throw new CredentialError(
        "CredentialInvalid",
        `Cannot read the ${what} as its path looks like the contents of such a file`,
        { hint: "Save them to a file that only you can read, and give its path." },
      );
    }
    try {
      if (await isRegularFile(path)) return await readTextFile(path, MAX_BYTES);
      return await (piped ??= readTextFile(path, MAX_BYTES));
    } catch (cause) {
      const isNotPermitted = refusalOf(cause) === "notPermitted"; // the runtime's message names its flag
      const why = isNotPermitted ? (cause as Error).message : describeFileError(cause, "");
      throw new CredentialError("CredentialInvalid", `Cannot read the ${what} "${path}": ${why}`, { cause });
    }
  };
}

/** Returns a credential for the ready-made access token in a file or pipe. */
export function tokenFileCredential(path: string): TokenCredential {
  return accessTokenCredential(
    credentialFileReader(path, "token file"),
    `the token file ${JSON.stringify(path)}`,
  );
}
