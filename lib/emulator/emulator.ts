import type { Directory } from "./directory/directory.ts";
import type { Fault } from "./fault/fault.ts";
import type { RateLimit } from "./fault/rate_limit.ts";
import type { PhotoUpdateSettings } from "./graph/graph_call.ts";
import type { RecordedRequest, RequestCounts } from "./recorder.ts";

/** The certificate to serve HTTPS with, such as a `selfSignedCertificate()`. Clients have to trust it. */
export interface TlsOptions {
  /** A certificate valid for 127.0.0.1, or its chain, as PEM. */
  readonly certificate: string;
  /** The private key of the certificate, as PEM. */
  readonly privateKey: string;
}

/** Options of `startEmulator()`. */
export interface EmulatorOptions {
  /** TCP port; 0 (default) picks a free one. */
  readonly port?: number;
  /** Serves HTTPS with this certificate, for clients that require it. Default: HTTP. */
  readonly tls?: TlsOptions;
  /** Users, groups and photos. Default: `sampleDirectory()`. */
  readonly directory?: Directory;
  /** Status of a successful photo DELETE. Default: 200. */
  readonly deleteStatus?: 200 | 204;
  /** Milliseconds that Graph, but not sign-in, takes to respond; accurate to about 1 ms. Default: 0. */
  readonly latency?: number;
  /** Lifetime of issued access tokens, in seconds. Default: 3599. */
  readonly tokenLifetime?: number;
  /** The app's permissions. Default: `ProfilePhoto.ReadWrite.All`, `User.Read.All`, `Group.Read.All`. */
  readonly permissions?: readonly string[];
  /** Whether `$batch` can delete photos; if `false`, such items fail with 405. Default: `true`. */
  readonly allowBatchDelete?: boolean;
  /** Whether a client assertion (`jti`) can be used again, as Microsoft's clients do. Default: `false`. */
  readonly reusableAssertions?: boolean;
  /** Whether the app's client secret has expired (AADSTS7000222). Default: `false`. */
  readonly secretExpired?: boolean;
  /** Seconds that a client must wait between two questions for the token of a device code. Default: 5. */
  readonly deviceCodeInterval?: number;
  /**
   * Whether to record requests, or how many of the most recent ones to keep. Default: `true`. No more are kept than
   * take about 64 MiB; a removal takes some 300 bytes.
   */
  readonly recordRequests?: boolean | number;
  /** Seed of all random decisions: faults with a `rate`, and the order of batch responses. Default: 1. */
  readonly seed?: number;
}

/** Options of `Emulator.issueToken()`: by default, a token of the app itself. */
export interface IssueTokenOptions {
  /**
   * Object id or `userPrincipalName` of the user of a delegated token. Default: the signed-in user if
   * `scopes` or `personal` is given, otherwise no user: the token belongs to the app.
   */
  readonly user?: string;
  /** Delegated permissions. Default: those of the app; for a personal account, `User.ReadWrite`. */
  readonly scopes?: readonly string[];
  /** Application permissions. Default: those of the registered app; in a delegated token, none. */
  readonly roles?: readonly string[];
  /** Lifetime in seconds; negative for an expired token. Default: `tokenLifetime`. */
  readonly expiresIn?: number;
  /** Audience. Default: the Graph root URL. */
  readonly audience?: string;
  /** Whether the user has a personal Microsoft account. Default: `false`. */
  readonly personal?: boolean;
  /** JSON of the claims that the token was requested with, to satisfy a claims challenge. Default: none. */
  readonly claims?: string;
}

/** A platform that gives what runs on it an identity. */
export type PlatformName = "appService" | "arc" | "github" | "azurePipelines";

/** Options of `Emulator.platformVariables()`. */
export interface PlatformOptions {
  /** Subject of the OIDC tokens (`github`, `azurePipelines`). Default: one of an organization "contoso". */
  readonly subject?: string;
  /** Whether the registered app has a federated credential for the OIDC tokens. Default: `true`. */
  readonly trusted?: boolean;
  /** Folder for the key files of challenges (`arc`), with a slash at the end. Default: that of the real agent. */
  readonly arcFolder?: string;
}

/** A running emulator of Microsoft Graph and Entra sign-in. */
export interface Emulator extends AsyncDisposable {
  /** Root URL of both Graph and sign-in, such as `http://127.0.0.1:50000`; `https:` with `tls`. */
  readonly url: string;
  /** The same URL as the `cloud` option of this package's functions. */
  readonly cloud: { readonly graph: string; readonly authority: string };
  /** Tenant id, the same for every emulator. */
  readonly tenantId: string;
  /** Client id of the registered app, the same for every emulator. */
  readonly clientId: string;
  /** Client secret of the registered app, different for every emulator. */
  readonly clientSecret: string;
  /** Users, groups and photos in their current state. */
  readonly directory: Directory;
  /** The recorded requests, in the order received. */
  readonly requests: readonly RecordedRequest[];
  /** Numbers of requests received, recorded or not. */
  readonly counts: RequestCounts;
  /**
   * Returns a self-signed certificate of the registered app and its private key, as PEM. Created and
   * registered on the first call, which takes about 0.3 s.
   */
  certificate(): Promise<string>;
  /**
   * Registers another certificate for the app: the first one in `pem`.
   *
   * @throws {TypeError} If `pem` contains no certificate, or its key is not an RSA key.
   */
  registerCertificate(pem: string): Promise<void>;
  /**
   * Registers a federated credential: JWTs of this issuer and subject with the audience
   * `api://AzureADTokenExchange` can sign in the app. Replaces an earlier key of the same issuer and subject.
   */
  registerFederatedKey(issuer: string, subject: string, publicJwk: JsonWebKey): void;
  /**
   * Returns the environment variables that a platform sets for a process that runs on it, and the ids of the app for those
   * whose OIDC tokens it trusts. A virtual machine sets none: its endpoint is `/metadata/identity/oauth2/token`.
   */
  platformVariables(platform: PlatformName, options?: PlatformOptions): Record<string, string>;
  /**
   * Returns an access token for this emulator's Graph.
   *
   * @throws {RangeError} If the user does not exist.
   */
  issueToken(options?: IssueTokenOptions): Promise<string>;
  /**
   * Queues a fault. Each request gets the first queued fault that matches it.
   *
   * @throws {RangeError} If the fault cannot occur at its place, or its `rate` is not from 0 to 1.
   */
  fault(fault: Fault): void;
  /** How many requests each kind of fault has hit; `status` faults are counted as `status 503` and so on. */
  readonly faultCounts: Readonly<Record<string, number>>;
  /** Removes all queued faults. Does not reset `faultCounts`, or undo challenges and token expiry. */
  clearFaults(): void;
  /**
   * Limits the rate of Graph requests from now on; requests above it get 429. Batch items count, their batch
   * does not. Without an argument, removes the limit.
   *
   * @throws {RangeError} If the limit allows less than one request per window.
   */
  setRateLimit(limit?: RateLimit): void;
  /**
   * Sets what `GET /beta/admin/people/photoUpdateSettings` returns. The emulator does not act on it. Default:
   * photos are updated in the cloud, by every user.
   */
  setPhotoUpdateSettings(settings: PhotoUpdateSettings): void;
  /** Closes all connections and stops the emulator. Can be called more than once. */
  shutdown(): Promise<void>;
}
