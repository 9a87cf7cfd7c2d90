import type { GraphErrorCode } from "../errors.ts";

/** What a code of Graph says: there is no photo (the state that was asked for), or a failure. */
export type Meaning = "NoPhoto" | GraphErrorCode;

/**
 * Graph's error codes for a profile photo. A 404 alone does not say whether the photo or its owner is missing;
 * these do.
 */
export const GRAPH_CODES: Readonly<Record<string, Meaning>> = {
  ImageNotFound: "NoPhoto",
  ErrorEntityNotFound: "NoPhoto",
  ErrorItemNotFound: "NoPhoto",
  GetUserPhoto: "NoPhoto",
  ResourceNotFound: "TargetNotFound",
  Request_ResourceNotFound: "TargetNotFound",
  ErrorUserResolutionFailedUserDoesNotExist: "TargetNotFound",
  ErrorInvalidUser: "TargetNotFound",
  ErrorNonExistentMailbox: "MailboxNotFound",
  MailboxNotEnabledForRESTAPI: "MailboxNotFound",
  MailboxNotHostedInExchangeOnline: "MailboxNotFound",
  ErrorAccessDenied: "AccessDenied",
  Authorization_RequestDenied: "AccessDenied",
  Forbidden: "AccessDenied",
  InvalidAuthenticationToken: "TokenRefused",
  ConsumerPhotoIsNotSupported: "PersonalAccountNotSupported",
};

/** What a status means where no code is known. */
export const STATUS_MEANINGS: Readonly<Record<number, GraphErrorCode>> = {
  401: "TokenRefused",
  403: "AccessDenied",
  404: "NotFound",
  429: "Throttled",
  500: "ServiceUnavailable",
  502: "ServiceUnavailable",
  503: "ServiceUnavailable",
  504: "ServiceUnavailable",
  509: "Throttled",
};

/** What it is called when no answer came, or none that can be used. */
export const NO_RESPONSE_CODES = {
  disconnected: "ConnectionLost",
  timedOut: "TimedOut",
  malformed: "UnexpectedAnswer",
} as const;

/** What to do about a failure; refusals are explained by the token instead. */
export const HINTS: Readonly<Partial<Record<GraphErrorCode, string>>> = {
  TargetNotFound: "Check the spelling, and that the tenant and the cloud are the right ones.",
  NotFound: "Graph did not say whether the photo or its owner is missing. Check the spelling.",
  MailboxNotFound: "The user has no mailbox in Exchange Online, which is where Graph keeps photos.",
  PersonalAccountNotSupported: "Graph does not offer this for a personal Microsoft account.",
  Throttled: "Graph asks for fewer requests. Try again later, or with a lower concurrency.",
  ServiceUnavailable: "Microsoft Graph is at fault or overloaded. Try again later.",
  ConnectionLost: "Check the network, a proxy, and the Graph endpoint's address.",
  TimedOut: "Check the network, or allow more time.",
  RedirectRefused: "Redirects are not followed, as the token would travel along. Check the Graph endpoint.",
  UnexpectedAnswer:
    "This is not how Microsoft Graph answers: a proxy or a sign-in page may stand in between.",
};
