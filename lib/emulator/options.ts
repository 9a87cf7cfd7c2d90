import type { Directory } from "./directory/directory.ts";
import type { Admission } from "./fault/admission.ts";
import type { Fault } from "./fault/fault.ts";
import type { RecordedRequest, RequestCounts } from "./recorder.ts";

/** How HTTPS is served, such as with a `selfSignedCertificate()`, which the client must be told to trust. */
export interface TlsOptions {
  /** A certificate for 127.0.0.1, or the chain of one, as PEM. */
  readonly certificate: string;
  /** Its private key, as PEM. */
  readonly privateKey: string;
}

/** How an emulator behaves. */
export interface EmulatorOptions {
  /** TCP port; 0 (default) is any free one. */
  readonly port?: number;
  /** What to serve HTTPS with, for clients that insist on it; HTTP without. */
  readonly tls?: TlsOptions;
  /** Users, groups and photos; `sampleDirectory()` by default. */
  readonly directory?: Directory;
  /** Status of a successful photo DELETE; 200 by default. */
  readonly deleteStatus?: 200 | 204;
  /** Milliseconds from a Graph request to its answer, by a timer that is 1 ms exact; not sign-in's; 0 by default. */
  readonly latency?: number;
  /** Lifetime of the tokens issued, in seconds; 3599 by default. */
  readonly tokenLifetime?: number;
  /**
   * Application permissions of the registered app; `ProfilePhoto.ReadWrite.All`, `User.Read.All` and
   * `Group.Read.All` by default.
   */
  readonly permissions?: readonly string[];
  /** Whether `$batch` deletes photos; `false` answers 405 to such an item. `true` by default. */
  readonly batch?: boolean;
  /**
   * Whether a client assertion is good for more than one token request, as long as it is valid: Microsoft's own
   * clients send theirs again for up to ten minutes. `false` by default: its `jti` can be used once.
   */
  readonly reusableAssertions?: boolean;
  /** Whether the app's secret is past its end (AADSTS7000222); `false` by default. */
  readonly secretExpired?: boolean;
  /** Whether requests are recorded: all (default), none, or the latest so many. */
  readonly recordRequests?: boolean | number;
  /** Seed of everything random: faults with a `rate`, the order of batch answers; 1 by default. */
  readonly seed?: number;
}

/** What a token made on request holds. */
export interface IssueTokenOptions {
  /**
   * Object id or `userPrincipalName`: the token is a delegated one of that user. Without it, and without `scopes`
   * and `personal` (which stand for the signed-in user), it is the app's own.
   */
  readonly user?: string;
  /** Delegated permissions; those of the registered app by default, `User.ReadWrite` for a personal account. */
  readonly scopes?: readonly string[];
  /** Application permissions; those of the registered app by default. A delegated token holds them if given. */
  readonly roles?: readonly string[];
  /** Lifetime in seconds, negative for a token that has expired; `tokenLifetime` by default. */
  readonly expiresIn?: number;
  /** Audience; the Graph root by default. */
  readonly audience?: string;
  /** Whether the user has a personal Microsoft account; `false` by default. */
  readonly personal?: boolean;
  /** The claims, as JSON, that the token was requested with: the answer to a claims challenge. */
  readonly claims?: string;
}

/** A running emulator of Microsoft Graph and Entra sign-in. */
export interface Emulator extends AsyncDisposable {
  /** Root of Graph and of sign-in alike, such as `http://127.0.0.1:50000`; https with `tls`. */
  readonly url: string;
  /** The same as a pair of endpoints. */
  readonly cloud: { readonly graph: string; readonly authority: string };
  /** Tenant id, the same at each start. */
  readonly tenantId: string;
  /** Client id of the registered app, the same at each start. */
  readonly clientId: string;
  /** Secret of the registered app, new at each start. */
  readonly clientSecret: string;
  /** Users, groups and photos as they are now. */
  readonly directory: Directory;
  /** The requests received, in order. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests were received, recorded or not. */
  readonly counts: RequestCounts;
  /** A self-signed certificate of the registered app with its key, as PEM; made at the first call (about 0.3 s). */
  certificate(): Promise<string>;
  /**
   * Registers a further certificate, the first in a PEM, for the app.
   *
   * @throws {TypeError} If there is none in it, or its key is not an RSA key.
   */
  registerCertificate(pem: string): Promise<void>;
  /** Lets an external issuer vouch for the app by JWTs with audience `api://AzureADTokenExchange`. */
  registerFederatedKey(issuer: string, subject: string, publicJwk: JsonWebKey): void;
  /**
   * Signs a token that this Graph takes for its own.
   *
   * @throws {RangeError} If there is no such user.
   */
  issueToken(options?: IssueTokenOptions): Promise<string>;
  /**
   * Queues a fault. A request gets the first one that fits, in the order of queueing.
   *
   * @throws {RangeError} If such a fault has no effect at that place.
   */
  fault(fault: Fault): void;
  /** How often each kind of fault has struck, those with a status by it, such as `status 503`. */
  readonly struck: Readonly<Record<string, number>>;
  /** Forgets the faults still queued, not what they have done. */
  clearFaults(): void;
  /**
   * Admits only so many Graph requests from now on, and throttles the others; all without `admission`. Each request
   * inside a batch counts, the batch itself does not.
   *
   * @throws {RangeError} If it never admits any.
   */
  admit(admission?: Admission): void;
  /** Closes every connection and stops. */
  shutdown(): Promise<void>;
}
