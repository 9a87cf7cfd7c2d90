import { describeValue, secretKind } from "../describe_value.ts";
import { CredentialError } from "../errors.ts";
import { refusalOf } from "../host/deno.ts";
import { describeFileError, isRegularFile, readFile } from "../host/files.ts";
import { decodeText } from "./credential_value.ts";
import { accessTokenCredential } from "./static_token.ts";
import type { TokenCredential } from "./token_credential.ts";

/** In bytes: far more than a token, or a certificate chain with its key, needs. */
const MAX_BYTES = 2 ** 18;

/**
 * Returns a function that reads a file with a token, a certificate or an assertion. A regular file is
 * read at each call, so that its renewal is noticed; a pipe, such as `<(…)` of a shell, is read once.
 *
 * @param what Names the purpose of the file in errors, such as "token file".
 */
export function credentialFileReader(path: string, what: string): () => Promise<Uint8Array<ArrayBuffer>> {
  let piped: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return async () => {
    const shown = describeValue(path, "path");
    if (secretKind(path) !== undefined || /[\r\n]/.test(path)) { // not even tried: a permission prompt would show it
      throw new CredentialError(
        "CredentialInvalid",
        `Cannot read the ${what} as its path looks like the contents of such a file: ${shown}`,
        { hint: "Save them to a file that only you can read, and give its path." },
      );
    }
    try {
      if (await isRegularFile(path)) return await readFile(path, MAX_BYTES);
      return await (piped ??= readFile(path, MAX_BYTES));
    } catch (cause) {
      const isNotPermitted = refusalOf(cause) === "notPermitted"; // the runtime's message names its flag
      const why = isNotPermitted ? (cause as Error).message : describeFileError(cause, "");
      throw new CredentialError("CredentialInvalid", `Cannot read the ${what} ${shown}: ${why}`, { cause });
    }
  };
}

/** Returns a credential for the ready-made access token in a file or pipe. */
export function tokenFileCredential(path: string): TokenCredential {
  const read = credentialFileReader(path, "token file");
  return accessTokenCredential(
    async () => decodeText(await read()),
    `the token file ${describeValue(path, "path")}`,
  );
}
