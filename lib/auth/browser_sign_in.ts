import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from "../deps/oauth4webapi.ts";
import { CredentialError } from "../errors.ts";
import { type BrowserStart, openBrowser } from "../host/browser.ts";
import { mayListen, refusalOf } from "../host/deno.ts";
import { serveLoopback } from "../host/loopback_server.ts";
import { orAborted, systemClock } from "../http/clock.ts";
import { rememberSecret } from "../http/redact.ts";
import { signInPage } from "./sign_in_page.ts";
import type { BrowserPrompt } from "./user_credential.ts";
import {
  openService,
  readSession,
  type Service,
  type Session,
  tokenParameters,
  toUserSignInError,
  type UserSignIn,
} from "./user_sign_in.ts";

/** How the browser is used. */
export interface BrowserOptions {
  /** The port of this machine that the browser returns to; `0`: a free one. */
  port: number;
  /** How long the person may take, in ms. */
  timeout: number;
  loginHint?: string;
  onPrompt?: (prompt: BrowserPrompt) => void | Promise<void>;
  openBrowser?: (address: string) => void | Promise<void>;
}

/** The answer of the sign-in service that the browser brought. */
interface Callback {
  parameters: URLSearchParams;
  /** Ends the wait of the browser, with the page that says how the sign-in ended. */
  finish: (isSignedIn: boolean) => void;
}

/**
 * Returns what answers the browser: it leads from the short address to the sign-in service, and takes the service's
 * answer. Whatever else comes is refused, and does not end the wait.
 */
function answerBrowser(
  startPath: string,
  authorizeUrl: () => string,
  state: string,
  onCallback: (callback: Callback) => void,
): (request: Request) => Response | Promise<Response> {
  let isDone = false;
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname === startPath) {
      return new Response(null, {
        status: 302,
        headers: { location: authorizeUrl(), "cache-control": "no-store", "referrer-policy": "no-referrer" },
      });
    }
    if (pathname !== "/") return signInPage("notFound");
    if (request.method !== "POST") return signInPage("notAllowed");
    if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers.get("content-type") ?? "")) {
      return signInPage("notUnderstood");
    }
    const parameters = new URLSearchParams(await request.text());
    if (isDone || parameters.getAll("state").join() !== state) return signInPage("foreign");
    isDone = true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    onCallback({ parameters, finish: resolve });
    return signInPage(await promise ? "done" : "failed");
  };
}

/** Shows the person where to sign in. */
async function prompt(
  address: string,
  { timeout, onPrompt, openBrowser: open }: BrowserOptions,
): Promise<void> {
  const started: BrowserStart = open ? (await open(address), "opened") : await openBrowser(address);
  if (!onPrompt && started !== "opened") {
    const hint = started === "notPermitted"
      ? "Run Deno with --allow-run, or show the address by the onPrompt option."
      : "Show the address by the onPrompt option.";
    throw new CredentialError("SignInFailed", "Cannot sign in: no browser could be opened", { hint });
  }
  await onPrompt?.({ address, browser: started, timeout });
}

async function listen(
  port: number,
  answer: (request: Request) => Response | Promise<Response>,
): ReturnType<typeof serveLoopback> {
  if (!await mayListen(port)) {
    throw new CredentialError("SignInFailed", "Cannot sign in: Deno may not listen on 127.0.0.1", {
      hint: "Run it with --allow-net or --allow-net=127.0.0.1.",
    });
  }
  return await serveLoopback(port, answer).catch((cause) => {
    const why = refusalOf(cause) === "portInUse" ? "is in use" : `cannot be listened on: ${cause.message}`;
    throw new CredentialError("SignInFailed", `Cannot sign in: port ${port} of this computer ${why}`, {
      hint: "Use another port, or none: then a free one is chosen.",
      cause,
    });
  });
}

/** Returns a number of ms in words. */
const inWords = (ms: number) =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

/** Returns the issuer that an answer must name, if any: one that depends on the tenant is checked in the ID token. */
const issuerOfAnswer = (issuer: string, parameters: URLSearchParams) =>
  issuer.includes("{tenantid}") ? parameters.get("iss") ?? issuer : issuer;

const timedOut = (who: string, timeout: number) =>
  new CredentialError("SignInFailed", `Cannot sign in ${who}: nobody signed in within ${inWords(timeout)}`, {
    hint: "If the browser shows an error, its AADSTS code says why. Else sign in again.",
  });

/** What this client alone knows of a request, by which it recognizes the answer. */
interface Proof {
  verifier: string;
  state: string;
  nonce: string;
  redirectUri: string;
}

/** Exchanges the code in an answer for tokens. */
async function redeemCode(
  service: Service,
  signIn: UserSignIn,
  answer: URLSearchParams,
  { verifier, state, nonce, redirectUri }: Proof,
  before?: Session,
): Promise<Session> {
  const { server, client, authentication, options, who } = service;
  try {
    const issuer = issuerOfAnswer(server.issuer, answer);
    const parameters = validateAuthResponse({ ...server, issuer }, client, answer, state);
    rememberSecret(parameters.get("code") ?? "");
    const response = await authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      redirectUri,
      verifier,
      { ...options, additionalParameters: tokenParameters(signIn) },
    );
    return await readSession(
      service,
      signIn,
      response,
      (...args) => processAuthorizationCodeResponse(...args, { expectedNonce: nonce, requireIdToken: true }),
      before,
    );
  } catch (error) {
    signIn.signal.throwIfAborted();
    throw toUserSignInError(error, who);
  }
}

/**
 * Signs a person in with the browser: authorization code flow with PKCE, the answer posted to a port of this machine.
 *
 * @param before The session to continue: the person must sign in with the same account.
 * @throws {CredentialError} If the sign-in is refused, canceled, or not finished in time.
 * @see https://www.rfc-editor.org/rfc/rfc8252
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
export async function signInWithBrowser(
  signIn: UserSignIn,
  browser: BrowserOptions,
  before?: Session,
): Promise<Session> {
  const { clock = systemClock } = signIn;
  const service = await openService(signIn);
  const { server, who } = service;
  const [verifier, state, nonce] = [
    generateRandomCodeVerifier(),
    generateRandomState(),
    generateRandomNonce(),
  ];
  [verifier, state].forEach(rememberSecret);
  const url = new URL(server.authorization_endpoint!);
  const callback = Promise.withResolvers<Callback>();
  const startPath = `/${generateRandomState().slice(0, 12)}`; // else any program here could learn the state
  await using loopback = await listen(
    browser.port,
    answerBrowser(startPath, () => url.href, state, callback.resolve),
  );
  const redirectUri = `http://localhost:${loopback.port}`;
  const loginHint = before?.account.name ?? browser.loginHint;
  url.search = new URLSearchParams({
    client_id: signIn.clientId,
    response_type: "code",
    response_mode: "form_post", // keeps the code out of the browser's history
    redirect_uri: redirectUri,
    ...tokenParameters(signIn),
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...loginHint === undefined ? { prompt: "select_account" } : { login_hint: loginHint },
  }).toString();

  const waiting = new AbortController();
  try {
    const answer = await Promise.race([
      orAborted(callback.promise, signIn.signal),
      clock.sleep(browser.timeout, waiting.signal).then(() => {
        throw timedOut(who, browser.timeout);
      }),
      // Not awaited: a browser that is opened by the caller may be waited for until it shows the last page.
      prompt(redirectUri + startPath, browser).then(() => new Promise<never>(() => {})),
    ]);
    const proof = { verifier, state, nonce, redirectUri };
    const session = await redeemCode(service, signIn, answer.parameters, proof, before);
    answer.finish(true);
    return session;
  } finally {
    waiting.abort();
    callback.promise.then(({ finish }) => finish(false));
  }
}
