import { CredentialError } from "../errors.ts";
import { describeFileError, isRegularFile, readTextFile } from "../host/files.ts";

/** A text that is no path but what the file should hold: it may be secret, and is not repeated. */
const CONTENT = /-----BEGIN|^\s*eyJ|[\r\n]/;

/** Far more than a token, or a chain of certificates with its key. */
const MAX_BYTES = 2 ** 18;

/**
 * Reads a file that a credential rests on, afresh at each call, so that a renewed one is noticed; a pipe, such as a
 * shell's `<(…)`, once. A failure names the file by `what` it is for.
 */
export function credentialFile(path: string, what: string): () => Promise<string> {
  let piped: Promise<string> | undefined;
  return async () => {
    if (CONTENT.test(path)) {
      throw new CredentialError(
        "CredentialInvalid",
        `Cannot read the ${what} as it is not a path: it looks like what the file should hold`,
        { hint: "Write it into a file that only you can read, and give that file's path." },
      );
    }
    try {
      if (await isRegularFile(path)) return await readTextFile(path, MAX_BYTES);
      return await (piped ??= readTextFile(path, MAX_BYTES));
    } catch (cause) {
      throw new CredentialError(
        "CredentialInvalid",
        `Cannot read the ${what} "${path}": ${describeFileError(cause, "--allow-read")}`,
        { cause },
      );
    }
  };
}
