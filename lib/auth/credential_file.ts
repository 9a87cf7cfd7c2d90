import { CredentialError } from "../errors.ts";
import { describeHostError, readTextFile } from "../host.ts";

/** A text that is no path but what the file should hold: it may be secret, and is not repeated. */
const CONTENT = /-----BEGIN|^\s*eyJ|[\r\n]/;

/** Reads a file that a credential rests on; a failure names it by what it is for. */
export async function readCredentialFile(path: string, what: string): Promise<string> {
  if (CONTENT.test(path)) {
    throw new CredentialError(
      "CredentialInvalid",
      `Cannot read the ${what} as it is not a path: it looks like what the file should hold`,
      { hint: "Write it into a file that only you can read, and give that file's path." },
    );
  }
  try {
    return await readTextFile(path);
  } catch (cause) {
    throw new CredentialError(
      "CredentialInvalid",
      `Cannot read the ${what} "${path}": ${describeHostError(cause, "--allow-read")}`,
      { cause },
    );
  }
}
