import type { EmulatorRequest } from "../exchange.ts";

/**
 * Where a fault can strike: `graph` is every HTTP request to Graph, `$batch` among them; `batch` is `$batch` alone;
 * `item` is one request inside a batch; `token` is the token endpoint.
 */
export type FaultPlace = "graph" | "batch" | "item" | "token";

/** Which requests a fault hits: all the given parts must fit. */
export interface FaultMatch {
  /** HTTP method, in any case. */
  readonly method?: string;
  /** A part of the path and query as received, case-sensitive. */
  readonly path?: string;
}

/** Which requests a fault hits, and how often. */
export interface FaultScope {
  /** Where it strikes; `"graph"` by default. */
  readonly on?: FaultPlace;
  /** Which requests there; all by default. */
  readonly match?: FaultMatch | ((request: EmulatorRequest) => boolean);
  /** How many requests it hits altogether; 1 by default, unlimited by default where `rate` is given. */
  readonly times?: number;
  /** How many requests with the same method and path it hits at most; unlimited by default. */
  readonly timesEach?: number;
  /** The probability from 0 to 1 that it hits a request that fits, by the seeded generator; 1 by default. */
  readonly rate?: number;
  /** Whether the request is carried out before the fault is shown; `false` by default. */
  readonly applied?: boolean;
}

/** An error status with the body that Graph or Entra gives with it. */
export interface StatusFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "status";
  /** HTTP status. */
  readonly status: number;
  /** `Retry-After`, sent as it stands: seconds, an HTTP-date or anything else. */
  readonly retryAfter?: string;
  /** Graph error code, or the number of an AADSTS code at the token endpoint; the usual one by default. */
  readonly code?: string;
  /** Error message. */
  readonly message?: string;
}

/** The connection is closed before any answer. */
export interface DropFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "drop";
}

/** The connection is reset before any answer. */
export interface ResetFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "reset";
}

/** No answer until shutdown, or until the client goes. */
export interface StallFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "stall";
}

/** The request is carried out; its answer breaks off half-way and the connection is closed. */
export interface TruncateFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "truncate";
}

/** The request is carried out; the head of its answer is sent, and no body. */
export interface StallBodyFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "stallBody";
}

/** The request is carried out; the body of its answer comes a byte at a time and does not end. */
export interface DripFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "drip";
}

/** The request is carried out; the body of its answer comes as fast as it is read and does not end. */
export interface EndlessFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "endless";
}

/** A body that is not what was promised. */
export interface MalformedFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "malformed";
  /** HTTP status; 200 by default. */
  readonly status?: number;
  /** Broken JSON, or a page as a proxy shows it; `"json"` by default. */
  readonly as?: "json" | "html";
}

/** Any answer, given verbatim. */
export interface BodyFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "body";
  /** HTTP status; 200 by default. */
  readonly status?: number;
  /** The raw body. */
  readonly body: string;
  /** Media type; `application/json` by default. */
  readonly contentType?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** All tokens issued so far are refused with 401 from now on, this request's among them. */
export interface ExpireTokensFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "expireTokens";
}

/**
 * From this request on Graph answers 401 with `error="insufficient_claims"` to every token that was not requested
 * with these claims.
 */
export interface ClaimsChallengeFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "claimsChallenge";
  /** The claims as JSON; they are sent in base64. */
  readonly claims: string;
}

/** A redirect. */
export interface RedirectFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "redirect";
  /** `Location`, as it stands. */
  readonly location: string;
  /** HTTP status; 302 by default. */
  readonly status?: number;
}

/** A batch item is carried out but left out of the batch's answer. */
export interface OmitFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "omit";
}

/** A batch item is carried out once and answered twice. */
export interface DuplicateFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "duplicate";
}

/** A batch item is carried out and answered under an id that no item has. */
export interface RenameFault extends FaultScope {
  /** Discriminates. */
  readonly kind: "rename";
}

/** Something that goes wrong on demand. */
export type Fault =
  | StatusFault
  | DropFault
  | ResetFault
  | StallFault
  | TruncateFault
  | StallBodyFault
  | DripFault
  | EndlessFault
  | MalformedFault
  | BodyFault
  | ExpireTokensFault
  | ClaimsChallengeFault
  | RedirectFault
  | OmitFault
  | DuplicateFault
  | RenameFault;
