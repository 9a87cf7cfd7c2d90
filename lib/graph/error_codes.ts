import type { GraphErrorCode } from "../errors.ts";
import type { RetriedStatus } from "../http/retry.ts";

/** The meaning of an error code of Graph: there is no photo, the request may succeed later, or a failure. */
export type Meaning = "NoPhoto" | "Transient" | GraphErrorCode;

/**
 * Graph's error codes for profile photos. Which of them DELETE sends is not documented: almost all are known from
 * GET and PUT.
 */
export const GRAPH_CODES: Readonly<Record<string, Meaning>> = {
  ImageNotFound: "NoPhoto",
  ErrorEntityNotFound: "NoPhoto",
  ErrorItemNotFound: "NoPhoto",
  GetUserPhoto: "NoPhoto",
  Request_ResourceNotFound: "TargetNotFound",
  ErrorUserResolutionFailedUserDoesNotExist: "TargetNotFound",
  ErrorInvalidUser: "TargetNotFound",
  ResourceNotFound: "MailboxNotFound",
  EnterpriseEntityNotFound: "MailboxNotFound",
  OrganizationFromTenantGuidNotFound: "MailboxNotFound",
  ErrorNonExistentMailbox: "MailboxNotFound",
  MailboxNotEnabledForRESTAPI: "MailboxNotFound",
  MailboxNotHostedInExchangeOnline: "MailboxNotFound",
  AuthenticationError: "MailboxNotFound",
  ErrorAccessDenied: "AccessDenied",
  Authorization_RequestDenied: "AccessDenied",
  Forbidden: "AccessDenied",
  ForbiddenByPolicy: "AccessDenied",
  invalid_role: "AccessDenied",
  ErrorInsufficientPermissionsInAccessToken: "AccessDenied",
  NoPermissionsInAccessToken: "AccessDenied",
  AppOnlyTokenNotSupportedForGroupUpdate: "AccessDenied",
  InvalidAuthenticationToken: "TokenRefused",
  ConsumerPhotoIsNotSupported: "PersonalAccountNotSupported",
  serviceNotAvailable: "Transient",
  ErrorWrongServer: "Transient",
};

/** Statuses that a meaning counts on; a meaning that is not listed counts on any. */
export const MEANING_STATUSES: Readonly<Partial<Record<Meaning, readonly number[]>>> = {
  NoPhoto: [404],
  MailboxNotFound: [400, 404],
};

/** The meaning of a status without a known error code. */
export const STATUS_MEANINGS: Readonly<Record<number, GraphErrorCode>> = {
  401: "TokenRefused",
  403: "AccessDenied",
  404: "NotFound",
};

/** The meaning of a status that is retried, once no attempt is left. */
export const RETRIED_MEANINGS: Readonly<Record<RetriedStatus, GraphErrorCode>> = {
  408: "TimedOut",
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
  MailboxNotFound:
    "It has no mailbox in Exchange Online or is not provisioned yet, so Graph does not give access to its photo. " +
    "If the name may be wrong, check the spelling.",
  PersonalAccountNotSupported: "Graph does not support this for personal Microsoft accounts.",
  Throttled: "Graph asks for fewer requests. Try again later, or with a lower concurrency.",
  ServiceUnavailable: "Microsoft Graph is unavailable or overloaded. Try again later.",
  ConnectionLost: "Check the network, the proxy and the address of the Graph endpoint.",
  TimedOut: "Check the network, or allow more time.",
  RedirectRefused:
    "Redirects are not followed because the token would go with them. Check the Graph endpoint.",
  UnexpectedAnswer: "The response is not from Microsoft Graph: a proxy or a sign-in page may be in between.",
};
