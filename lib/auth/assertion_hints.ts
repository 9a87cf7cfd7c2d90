import { describeValue } from "../describe_value.ts";
import { decodePayload, formatTime } from "./token_claims.ts";

/** AADSTS codes that say that no federated credential fits. */
const NO_MATCH = [70021, 700211, 700212, 700213, 7002138];

/**
 * Returns what to do about AADSTS codes, by number, given the assertion that Entra refused: its issuer, subject and
 * audience are no secrets, and have to be compared with the app's federated credentials.
 *
 * @param now Milliseconds since 1970.
 */
export function assertionHints(assertion: string, now: number): Record<number, string> {
  const payload = decodePayload(assertion);
  if (!payload) return {};
  const { iss, sub, aud, exp } = payload;
  const shown = (value: unknown) => describeValue(value, "path");
  const claims = `issuer ${shown(iss)}, subject ${shown(sub)} and audience ${
    shown(Array.isArray(aud) ? aud.join(" ") : aud)
  }`;
  const noMatch =
    `Give the app a federated credential with exactly the assertion's ${claims}: case and a final slash matter.`;
  const expires = Number(exp) * 1000;
  const hints: Record<number, string> = {
    ...Object.fromEntries(NO_MATCH.map((code) => [code, noMatch])),
    70025: "The app has no federated credential, or it is too new: add one, or wait some minutes. " +
      `The assertion has the ${claims}.`,
  };
  if (expires > 0 && expires <= now) {
    hints[700024] = `The assertion expired at ${formatTime(expires)}. Get a new one.`;
  }
  return hints;
}
