import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  ResponseBodyError,
} from "../deps/oauth4webapi.ts";
import { CredentialError } from "../errors.ts";
import { systemClock } from "../http/clock.ts";
import { rememberSecret } from "../http/redact.ts";
import type { DeviceCodePrompt } from "./user_credential.ts";
import {
  claimsOf,
  entraErrorOf,
  openService,
  readSession,
  type Service,
  type Session,
  tokenParameters,
  toUserSignInError,
  type UserSignIn,
} from "./user_sign_in.ts";

/** The interval of a service that names none, in s (RFC 8628, section 3.5). */
const INTERVAL = 5;
/** By how much the interval grows when the service asks to slow down, in s. */
const SLOW_DOWN = 5;
/** Clocks that run fast, as in WSL, would ask too early: how much longer to wait than asked for. */
const DRIFT = 1.2;
const DRIFT_AFTER_SLOW_DOWN = 1.4;
/** The longest interval after the service could not be reached, in s. */
const LONGEST_INTERVAL = 60;
/** The longest that a code is waited for, in s. */
const LONGEST_LIFE = 86_400;

const BLOCKED =
  "A Conditional Access policy forbids this, as many do for device codes. Sign in with the browser instead.";
const MANAGED_DEVICE =
  "The policy checks the device, which a device code cannot prove. Sign in with the browser instead, on a managed device.";

/** What to do about a code after a sign-in with a device code. */
const HINTS: Readonly<Record<number, string>> = Object.fromEntries(([
  [BLOCKED, 53003, 530032, 530036, 50131],
  [MANAGED_DEVICE, 50005, 50097, 53000, 53001],
  ["The code has expired: begin again.", 70019, 70020],
] as [string, ...number[]][]).flatMap(([hint, ...codes]) => codes.map((code) => [code, hint])));

const expired = (who: string) =>
  new CredentialError("SignInFailed", `Cannot sign in ${who}: the code expired before somebody used it`, {
    hint: "Begin again, and open the page at once.",
  });

/** Returns the error for an answer that ends the wait. */
function toError(error: unknown, who: string): unknown {
  if (!(error instanceof ResponseBodyError)) return toUserSignInError(error, who);
  if (error.error === "expired_token") return expired(who);
  if (/^(authorization_declined|access_denied)$/.test(error.error) && entraErrorOf(error).codes.length < 1) {
    return new CredentialError("SignInRefused", `Cannot sign in ${who}: the sign-in was declined`, {
      hint: "Begin again, and accept it.",
    });
  }
  return toUserSignInError(error, who, HINTS);
}

/** Returns an address that is safe to show and to open. */
function checkAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  if (!isSafe || text.length > 500) throw new TypeError("the verification_uri is not an address");
  return url.href;
}

/** Asks for the token until the person has signed in, or the code has expired. */
async function poll(
  service: Service,
  signIn: UserSignIn,
  deviceCode: string,
  { interval, life }: { interval: number; life: number },
  before?: Session,
): Promise<Session> {
  const { server, client, authentication, options, who } = service;
  const { signal, clock = systemClock } = signIn;
  const end = clock.monotonicNow() + life * 1000;
  let seconds = interval;
  let drift = DRIFT;
  let unreachable: CredentialError | undefined;
  for (;;) {
    const left = end - clock.monotonicNow();
    await clock.sleep(Math.min(seconds * drift * 1000, Math.max(left, 0)), signal);
    if (clock.monotonicNow() >= end) throw unreachable ?? expired(who);
    try {
      const response = await deviceCodeGrantRequest(server, client, authentication, deviceCode, {
        ...options,
        additionalParameters: claimsOf(signIn),
      });
      return await readSession(service, signIn, response, processDeviceCodeResponse, before);
    } catch (error) {
      signal.throwIfAborted();
      unreachable = error instanceof CredentialError && error.code === "SignInFailed" ? error : undefined;
      const answer = error instanceof ResponseBodyError ? error.error : null;
      if (unreachable) seconds = Math.min(seconds * 2, Math.max(LONGEST_INTERVAL, interval));
      else if (answer === "slow_down") {
        seconds += SLOW_DOWN;
        drift = DRIFT_AFTER_SLOW_DOWN;
      } else if (answer !== "authorization_pending") throw error;
    }
  }
}

/**
 * Signs a person in with a code that is entered in a browser on any device.
 *
 * @param onPrompt Shows the code and the address to enter it at.
 * @param before The session to continue: the person must sign in with the same account.
 * @throws {CredentialError} If the sign-in is refused or declined, or the code expires.
 * @see https://www.rfc-editor.org/rfc/rfc8628
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 */
export async function signInWithDeviceCode(
  signIn: UserSignIn,
  onPrompt: (prompt: DeviceCodePrompt) => void | Promise<void>,
  before?: Session,
): Promise<Session> {
  const { clock = systemClock, signal, clientId, tenantId } = signIn;
  const service = await openService(signIn);
  const { server, client, authentication, options, who } = service;
  try {
    const response = await deviceAuthorizationRequest(
      server,
      client,
      authentication,
      tokenParameters(signIn),
      options,
    );
    const answer = await processDeviceAuthorizationResponse(server, client, response);
    rememberSecret(answer.device_code);
    if (!/^[\x21-\x7e]{1,64}$/.test(answer.user_code)) throw new TypeError("the user_code is not a code");
    const life = Math.min(answer.expires_in, LONGEST_LIFE);
    await onPrompt({
      userCode: answer.user_code,
      address: checkAddress(answer.verification_uri),
      expiresOnTimestamp: clock.now() + life * 1000,
      clientId,
      tenantId,
    });
    return await poll(service, signIn, answer.device_code, {
      interval: answer.interval ?? INTERVAL,
      life,
    }, before);
  } catch (error) {
    signal.throwIfAborted();
    throw toError(error, who);
  }
}
