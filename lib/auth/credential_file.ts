import { CredentialError } from "../errors.ts";
import { describeHostError, readTextFile } from "../host.ts";

/** Reads a file that a credential rests on; a failure names it by what it is for. */
export async function readCredentialFile(path: string, what: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (cause) {
    throw new CredentialError(
      "CredentialInvalid",
      `Cannot read the ${what} ${JSON.stringify(path)}: ${describeHostError(cause, "--allow-read")}`,
      { cause },
    );
  }
}
