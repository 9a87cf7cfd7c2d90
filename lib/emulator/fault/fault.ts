import type { EmulatorRequest } from "../http_message.ts";

/**
 * Where a fault occurs: `graph` is any HTTP request to Graph, including `$batch`; `batch` is `$batch` only;
 * `item` is a request inside a batch; `token` is the token endpoint.
 */
export type FaultPlace = "graph" | "batch" | "item" | "token";

/** A request must match all of the given properties. */
export interface FaultMatch {
  /** HTTP method, in any case. */
  readonly method?: string;
  /** Part of the path and query as received, case-sensitive. */
  readonly path?: string;
}

/** Which requests a fault hits, and how often. */
export interface FaultScope {
  /** Where the fault occurs. Default: `graph`. */
  readonly on?: FaultPlace;
  /** Which requests at that place. Default: all. */
  readonly match?: FaultMatch | ((request: EmulatorRequest) => boolean);
  /** Maximum number of requests to hit. Default: 1; with `rate`, unlimited. */
  readonly times?: number;
  /** Maximum number of requests with the same method and URL to hit. Default: unlimited. */
  readonly timesEach?: number;
  /** Probability from 0 to 1 of hitting a matching request; depends on the `seed` option. Default: 1. */
  readonly rate?: number;
  /** Whether the request is executed before the fault, as if its response were lost. Default: `false`. */
  readonly applied?: boolean;
}

/** What a fault does, by `kind`. */
export type FaultEffect =
  | {
    /**
     * `drop` closes the connection without a response, `reset` resets it, and `stall` leaves it open.
     *
     * The others always execute the request. `truncate` closes the connection halfway through the response,
     * `stallBody` sends only headers, `drip` sends a byte at a time without end, and `endless` sends a body
     * without end as fast as the client reads it.
     *
     * In a batch, `omit` leaves out the response, `duplicate` repeats it, `rename` gives it an unknown id.
     *
     * `expireTokens` first expires all access tokens issued so far, so this and later requests get 401.
     */
    readonly kind:
      | "drop"
      | "reset"
      | "stall"
      | "truncate"
      | "stallBody"
      | "drip"
      | "endless"
      | "omit"
      | "duplicate"
      | "rename"
      | "expireTokens";
  }
  | {
    /** Sends an error status with the error body of Graph or Entra. */
    readonly kind: "status";
    /** HTTP status. */
    readonly status: number;
    /** `Retry-After` as sent: seconds, an HTTP-date or anything else. Default: none. */
    readonly retryAfter?: string;
    /** Graph error code, or AADSTS number at the token endpoint. Default: the usual one for the status. */
    readonly code?: string;
    /** Error message. Default: a generic one. */
    readonly message?: string;
  }
  | {
    /** Sends a body that is not valid JSON. */
    readonly kind: "malformed";
    /** HTTP status. Default: 200. */
    readonly status?: number;
    /** Truncated JSON, or an HTML page such as a proxy's. Default: `json`. */
    readonly as?: "json" | "html";
  }
  | {
    /** Sends the given response. */
    readonly kind: "body";
    /** HTTP status. Default: 200. */
    readonly status?: number;
    /** The body, sent as is. */
    readonly body: string;
    /** Media type. Default: `application/json`. */
    readonly contentType?: string;
    /** Other headers. Default: none. */
    readonly headers?: Readonly<Record<string, string>>;
  }
  | {
    /** Sends a redirect. */
    readonly kind: "redirect";
    /** `Location` as sent. */
    readonly location: string;
    /** HTTP status. Default: 302. */
    readonly status?: number;
  }
  | {
    /**
     * From this request on, Graph responds with a claims challenge (401, `error="insufficient_claims"`) to
     * every token that was requested without these claims.
     */
    readonly kind: "claimsChallenge";
    /** JSON of the claims; the challenge carries it in base64. */
    readonly claims: string;
  };

/** A simulated failure: what happens, and to which requests. */
export type Fault = FaultScope & FaultEffect;

/** A fault that sends an error status. */
export type StatusFault = Fault & { readonly kind: "status" };
