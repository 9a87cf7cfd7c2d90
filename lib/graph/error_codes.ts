import type { GraphErrorCode } from "../errors.ts";
import type { RetriedStatus } from "../http/retry.ts";

/** The meaning of an error code of Graph: there is no photo, or a failure. */
export type Meaning = "NoPhoto" | GraphErrorCode;

/** Graph's error codes for profile photos. Only these tell whether a 404 means the photo or its owner. */
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

/** The meaning of a status without a known error code. */
export const STATUS_MEANINGS: Readonly<Record<number, GraphErrorCode>> = {
  401: "TokenRefused",
  403: "AccessDenied",
  404: "NotFound",
};

/** The meaning of a status that is retried, once no attempt is left. */
export const RETRIED_MEANINGS: Readonly<Record<RetriedStatus, GraphErrorCode>> = {
  429: "Throttled",
  500: "ServiceUnavailable",
  502: "ServiceUnavailable",
  503: "ServiceUnavailable",
  504: "ServiceUnavailable",
  509: "Throttled",
};

/** Codes for attempts without a usable response. */
export const NO_RESPONSE_CODES = {
  disconnected: "ConnectionLost",
  timedOut: "TimedOut",
  malformed: "UnexpectedAnswer",
} as const;

/** What to do about a failure. The hint for a refusal is made from the claims of the token instead. */
export const HINTS: Readonly<Partial<Record<GraphErrorCode, string>>> = {
  TargetNotFound: "Check the spelling, and that the tenant and the cloud are the right ones.",
  NotFound: "Graph did not say whether the photo or its owner is missing. Check the spelling.",
  MailboxNotFound: "The user has no mailbox in Exchange Online, where Graph keeps photos.",
  PersonalAccountNotSupported: "Graph does not support this for personal Microsoft accounts.",
  Throttled: "Graph asks for fewer requests. Try again later, or with a lower concurrency.",
  ServiceUnavailable: "Microsoft Graph is unavailable or overloaded. Try again later.",
  ConnectionLost: "Check the network, the proxy and the address of the Graph endpoint.",
  TimedOut: "Check the network, or allow more time.",
  RedirectRefused:
    "Redirects are not followed because the token would go with them. Check the Graph endpoint.",
  UnexpectedAnswer: "The response is not from Microsoft Graph: a proxy or a sign-in page may be in between.",
};
