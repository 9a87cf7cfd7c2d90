import { sampleDirectory } from "./directory/sample_directory.ts";
import type { Emulator, EmulatorOptions } from "./emulator.ts";
import { AccessTokens } from "./entra/access_tokens.ts";
import { AppRegistration } from "./entra/app_registration.ts";
import {
  type EntraService,
  handleSignInRequest,
  parseTokenForm,
  tokenTenant,
} from "./entra/handle_sign_in_request.ts";
import { PlatformIdentities } from "./entra/platform_identities.ts";
import { UserSignIns } from "./entra/user_sign_ins.ts";
import { issueToken } from "./entra/issue_token.ts";
import { FaultQueue } from "./fault/fault_queue.ts";
import { createRateLimiter } from "./fault/rate_limit.ts";
import {
  type GraphService,
  handleGraphRequest,
  isBatchRequest,
  isGraphRequest,
} from "./graph/handle_graph_request.ts";
import type { EmulatorRequest } from "./http_message.ts";
import { checkServerCertificate, type ScheduledDelivery, startHttpServer } from "./http_server.ts";
import { seededRandom } from "./random.ts";
import { peekBatchItems, type PendingRecord, recordDelivery, Recorder } from "./recorder.ts";
import { selfSignedCertificate } from "./self_signed_certificate.ts";

const TENANT_ID = "11111111-1111-4111-8111-111111111111";
const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
const PERMISSIONS = ["ProfilePhoto.ReadWrite.All", "User.Read.All", "Group.Read.All"];

/** What an emulator consists of, besides its HTTP server. */
interface Services {
  readonly graph: GraphService;
  readonly entra: EntraService;
  readonly recorder: Recorder;
}

function createServices(options: EmulatorOptions, url: string): Services {
  const { permissions = PERMISSIONS, secretExpired = false, reusableAssertions = false } = options;
  const { directory = sampleDirectory(), deleteStatus = 200, allowBatchDelete = true } = options;
  const { tokenLifetime: lifetime = 3599, seed = 1, recordRequests = true } = options;
  const { deviceCodeInterval = 5 } = options;
  const settings = { url, clientId: CLIENT_ID, tenantId: TENANT_ID, lifetime };
  const app = new AppRegistration(CLIENT_ID, { permissions, secretExpired, reusableAssertions });
  const tokens = new AccessTokens(settings);
  const random = seededRandom(seed);
  const faults = new FaultQueue(random);
  const recorder = new Recorder(recordRequests === true ? Infinity : Number(recordRequests));
  const photoUpdateSettings = { source: "cloud", allowedRoles: [] } as const;
  const state = {
    url,
    directory,
    deleteStatus,
    allowBatchDelete,
    rateLimiter: undefined,
    photoUpdateSettings,
  };
  return {
    graph: { ...state, tokens, faults, random, counts: recorder.counts },
    entra: {
      ...settings,
      app,
      tokens,
      faults,
      platforms: new PlatformIdentities(settings, app, tokens),
      directory,
      deviceCodeInterval,
      signIns: new UserSignIns(),
    },
    recorder,
  };
}

/** Handles and records an HTTP request. `latency` is in ms, and applies to Graph only. */
async function handleRequest(
  { graph, entra, recorder }: Services,
  latency: number,
  request: EmulatorRequest,
): Promise<ScheduledDelivery> {
  const { counts } = recorder;
  const receivedAt = performance.now();
  const isGraph = isGraphRequest(request);
  const isBatch = isBatchRequest(request);
  const isToken = tokenTenant(request) !== undefined;
  const claims = isToken ? parseTokenForm(request).get("claims") : null;
  const record = recorder.begin(request, false, receivedAt, claims);
  if (isGraph) counts.graph++;
  if (isBatch) counts.batch++;
  if (isToken) counts.token++;

  const items: PendingRecord[] = [];
  const recordItem = (item: EmulatorRequest) => {
    counts.items++;
    const itemRecord = recorder.begin(item, true, receivedAt);
    items.push(itemRecord);
    return itemRecord;
  };
  const delivery = isGraph
    ? await handleGraphRequest(graph, request, recordItem)
    : await handleSignInRequest(entra, request);
  if (isBatch && items.length === 0) peekBatchItems(request).forEach(recordItem);
  return {
    ...delivery,
    delay: isGraph ? receivedAt + latency - performance.now() : 0, // less the time that handling took
    onSend: () => recordDelivery(record, items, delivery),
    closesConnection: () => graph.faults.hasConnectionLoss,
  };
}

/**
 * Starts a local Microsoft Graph v1.0 (users, groups and their members, profile photos, `$batch`) with Entra
 * sign-in. Serves HTTP on a free port of 127.0.0.1 by default, HTTPS with `tls`. Verifies signatures, lifetimes,
 * audiences and permissions as the real services do, and simulates faults. Requires network permission for
 * 127.0.0.1.
 *
 * Lists have pages, `$select`, `$filter` and `$count`, and refuse what Graph refuses without
 * `ConsistencyLevel: eventual`; they have no `$orderby` and no `$search`. Photos are offered at the sizes that
 * they are not smaller than, but are not resized. Of the beta version, there is
 * `admin/people/photoUpdateSettings`.
 *
 * @example Remove a photo
 * ```ts
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using emulator = await startEmulator();
 * const token = await emulator.issueToken({ user: "adele@contoso.com" });
 * const response = await fetch(`${emulator.url}/v1.0/me/photo/$value`, {
 *   method: "DELETE",
 *   headers: { authorization: `Bearer ${token}` },
 * });
 * await response.body?.cancel();
 * console.assert(response.status === 200);
 * console.assert(!emulator.directory.hasPhoto("adele@contoso.com"));
 * ```
 *
 * @example Throttle one request
 * ```ts
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using emulator = await startEmulator();
 * emulator.fault({ kind: "status", status: 429, retryAfter: "2", match: { method: "GET" } });
 * const response = await fetch(`${emulator.url}/v1.0/users`);
 * await response.body?.cancel();
 * console.assert(response.status === 429 && response.headers.get("retry-after") === "2");
 * ```
 *
 * @example Serve HTTPS, which Microsoft's own clients require
 * ```ts
 * import { selfSignedCertificate, startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * const tls = await selfSignedCertificate(); // other processes: DENO_CERT or NODE_EXTRA_CA_CERTS
 * await using emulator = await startEmulator({ tls });
 * using client = Deno.createHttpClient({ caCerts: [tls.certificate] });
 * const response = await fetch(`${emulator.url}/v1.0/users`, { client });
 * await response.body?.cancel();
 * console.assert(response.status === 401);
 * ```
 *
 * @example Choose users in the directory
 * ```ts
 * import { sampleDirectory, startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using emulator = await startEmulator({ directory: sampleDirectory({ users: 1000 }) });
 * const query = new URLSearchParams({ $filter: "accountEnabled eq false", $select: "id", $top: "999" });
 * const response = await fetch(`${emulator.url}/v1.0/users?${query}`, {
 *   headers: { authorization: `Bearer ${await emulator.issueToken()}` },
 * });
 * const { value } = await response.json();
 * console.assert(value.length === 304); // 30 % of the generated users, and four of the others
 * ```
 *
 * @example Limit requests to two per second
 * ```ts
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using emulator = await startEmulator();
 * emulator.setRateLimit({ perSecond: 2, window: "bucket" });
 * const headers = { authorization: `Bearer ${await emulator.issueToken()}` };
 * const responses = await Promise.all(
 *   Array.from({ length: 4 }, () => fetch(`${emulator.url}/v1.0/users`, { headers })),
 * );
 * await Promise.all(responses.map((response) => response.body?.cancel()));
 * console.assert(responses.some(({ status }) => status === 429) && emulator.counts.throttled > 0);
 * ```
 *
 * @throws {Error} If the port is in use.
 * @throws {TypeError} If `tls` cannot be used for HTTPS on 127.0.0.1.
 */
export async function startEmulator(options?: EmulatorOptions): Promise<Emulator> {
  const { port = 0, latency = 0, tls } = options ?? {};
  if (tls) await checkServerCertificate(tls);
  const server = await startHttpServer(port, (request) => handleRequest(services, latency, request), tls);
  const url = `${tls ? "https" : "http"}://127.0.0.1:${server.port}`;
  const services = createServices(options ?? {}, url); // after the server, as its port is part of the URL
  const { graph, entra: { app, tokens, platforms }, recorder: { requests, counts } } = services;
  const { directory, faults } = graph;
  const createCertificate = async () => {
    const { pem } = await selfSignedCertificate();
    await app.addCertificate(pem);
    return pem;
  };
  let certificate: Promise<string> | undefined;
  return {
    url,
    cloud: { graph: url, authority: url },
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret: app.secret,
    directory,
    requests,
    counts,
    certificate: () => certificate ??= createCertificate(),
    registerCertificate: (pem) => app.addCertificate(pem),
    registerFederatedKey: (issuer, subject, publicJwk) => app.addFederatedKey(issuer, subject, publicJwk),
    platformVariables: (platform, options = {}) => platforms.variables(platform, options),
    issueToken: (options = {}) => issueToken(tokens, directory, app.options.permissions, options),
    fault: (fault) => {
      faults.add(fault);
      // Some clients (Deno's fetch) silently repeat a request when a reused connection is lost. While such a
      // fault is queued, each request gets a new connection, so that clients see the loss.
      if (faults.hasConnectionLoss) server.closeIdle();
    },
    faultCounts: faults.counts,
    clearFaults: () => faults.clear(),
    setRateLimit: (limit) => void (graph.rateLimiter = limit && createRateLimiter(limit)),
    setPhotoUpdateSettings: (settings) => void (graph.photoUpdateSettings = settings),
    shutdown: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
