import { type Answer, type EmulatorRequest, type Outcome, utf8 } from "../exchange.ts";
import type { StatusFault } from "../fault/fault.ts";
import { answerUnderFault } from "../fault/fault_effects.ts";
import type { FaultQueue } from "../fault/fault_queue.ts";
import { entraAnswer, EntraError, isEntraCode } from "./entra_error.ts";
import { answerSignIn, tokenTenant } from "./sign_in.ts";
import type { EntraState } from "./token_endpoint.ts";

const TRANSIENT = 90033;

/** A throttled sign-in answers with plain text, not with JSON. */
function statusAnswer(fault: StatusFault, request: EmulatorRequest): Answer {
  const { status, retryAfter } = fault;
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  if (status === 429 && fault.code === undefined) {
    return {
      status,
      headers: { "content-type": "text/plain", ...headers },
      bytes: utf8("Too many requests"),
    };
  }
  const code = Number((fault.code ?? String(TRANSIENT)).replace(/^AADSTS/, ""));
  const error = new EntraError(isEntraCode(code) ? code : TRANSIENT);
  if (fault.message !== undefined) error.message = fault.message;
  return entraAnswer(error, request, status, headers);
}

function noAccessTokens(): never {
  throw new Error("Sign-in has no access tokens to refuse");
}

/** Answers one request to the sign-in host; faults strike the token endpoint alone. */
export function answerSignInUnderFaults(
  state: EntraState,
  faults: FaultQueue,
  request: EmulatorRequest,
): Promise<Outcome> {
  const fault = tokenTenant(request) === undefined ? undefined : faults.take(["token"], request);
  return answerUnderFault(fault, {
    run: () => answerSignIn(state, request),
    statusAnswer: (status) => statusAnswer(status, request),
    expireTokens: noAccessTokens,
    challenge: noAccessTokens,
  });
}
