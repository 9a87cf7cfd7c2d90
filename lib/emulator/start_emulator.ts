import type { Directory } from "./directory/directory.ts";
import { sampleDirectory } from "./directory/sample_directory.ts";
import type { Emulator, EmulatorOptions } from "./emulator.ts";
import { encodeBase64Url, isJsonObject } from "./encoding.ts";
import { AccessTokens } from "./entra/access_tokens.ts";
import { AppRegistration } from "./entra/app_registration.ts";
import { handleSignInRequest, tokenTenant } from "./entra/handle_sign_in_request.ts";
import { type EntraService, parseTokenForm } from "./entra/handle_token_request.ts";
import { issueToken } from "./entra/issue_token.ts";
import { FaultQueue } from "./fault/fault_queue.ts";
import { createRateLimiter, type RateLimiter } from "./fault/rate_limit.ts";
import {
  type GraphService,
  handleGraphRequest,
  isBatchRequest,
  isGraphRequest,
} from "./graph/handle_graph_request.ts";
import type { Delivery, DeliveryMode, EmulatorRequest } from "./http_message.ts";
import { checkServerCertificate, type ScheduledDelivery, startHttpServer } from "./http_server.ts";
import { seededRandom } from "./random.ts";
import { peekBatchItems, type PendingRecord, Recorder, recordResponse } from "./recorder.ts";
import { selfSignedCertificate } from "./x509/self_signed_certificate.ts";

const TENANT_ID = "11111111-1111-4111-8111-111111111111";
const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
const PERMISSIONS = ["ProfilePhoto.ReadWrite.All", "User.Read.All", "Group.Read.All"];

function recordLimit(recordRequests: boolean | number): number {
  if (typeof recordRequests === "number") return recordRequests;
  return recordRequests ? Infinity : 0;
}

/** Graph and sign-in. Created once the server listens, as both need its URL. */
interface Services {
  readonly graph: Omit<GraphService, "recordItem" | "limitRate">;
  readonly entra: EntraService;
  /** The rate limit of Graph; `undefined` if there is none. */
  rateLimiter?: RateLimiter;
}

function createServices(options: EmulatorOptions, url: string, directory: Directory): Services {
  const { permissions = PERMISSIONS, secretExpired = false, reusableAssertions = false, seed = 1 } = options;
  const { deleteStatus = 200, allowBatchDelete = true, tokenLifetime = 3599 } = options;
  const secret = encodeBase64Url(crypto.getRandomValues(new Uint8Array(30)));
  const app = new AppRegistration(CLIENT_ID, secret, { secretExpired, reusableAssertions, permissions });
  const tokens = new AccessTokens(url, CLIENT_ID);
  const random = seededRandom(seed);
  const faults = new FaultQueue(random);
  return {
    graph: { url, directory, deleteStatus, tokens, faults, random, allowBatchDelete },
    entra: { url, tenantId: TENANT_ID, app, tokens, tokenLifetime },
  };
}

/** Handles and records an HTTP request. */
async function handleRequest(
  services: Services,
  recorder: Recorder,
  latency: number,
  request: EmulatorRequest,
): Promise<ScheduledDelivery> {
  const receivedAt = performance.now();
  const isGraph = isGraphRequest(request);
  const isBatch = isGraph && isBatchRequest(request);
  const isToken = tokenTenant(request) !== undefined;
  const record = recorder.begin(request, false, receivedAt);
  if (isToken) record.claims = parseTokenForm(request).get("claims");
  recorder.counts.graph += isGraph ? 1 : 0;
  recorder.counts.batch += isBatch ? 1 : 0;
  recorder.counts.token += isToken ? 1 : 0;

  const items: PendingRecord[] = [];
  const recordItem = (item: EmulatorRequest) => {
    const itemRecord = recorder.begin(item, true, receivedAt);
    recorder.counts.items++;
    items.push(itemRecord);
    return itemRecord;
  };

  const limitRate = () => {
    const excess = services.rateLimiter?.(performance.now());
    if (excess) recorder.counts.throttled++;
    return excess;
  };

  const delivery = isGraph
    ? await handleGraphRequest({ ...services.graph, limitRate, recordItem }, request)
    : await handleSignInRequest(services.entra, services.graph.faults, request);
  if (isBatch && items.length === 0) peekBatchItems(request).forEach(recordItem);
  return {
    delivery,
    delay: isGraph ? receivedAt + latency - performance.now() : 0, // less the time that handling took
    onSend: () => completeRecords(record, items, delivery),
    closesConnection: () => services.graph.faults.hasConnectionLoss,
  };
}

const WITHOUT_RESPONSE: readonly DeliveryMode[] = ["drop", "reset", "stall"];

/** Completes the records of a request and its batch items when the response is sent. */
function completeRecords(
  record: PendingRecord,
  items: readonly PendingRecord[],
  { response, mode }: Delivery,
): void {
  if (WITHOUT_RESPONSE.includes(mode)) return;
  recordResponse(record, response);
  const showsItems = mode === "send" && isJsonObject(response.json) && "responses" in response.json;
  const answeredAt = performance.now();
  for (const each of [record, ...items]) {
    each.answeredAt = answeredAt;
    if (!showsItems) each.retryAfter = record.retryAfter;
  }
}

/**
 * Starts a local Microsoft Graph v1.0 (users, groups, profile photos, `$batch`) with Entra sign-in. Serves
 * HTTP on a free port of 127.0.0.1 by default, HTTPS with `tls`. Verifies signatures, lifetimes, audiences
 * and permissions as the real services do, and simulates faults. Requires network permission for 127.0.0.1.
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
  const { port = 0, latency = 0, recordRequests = true, directory = sampleDirectory(), tls } = options ?? {};
  if (tls) await checkServerCertificate(tls);
  const recorder = new Recorder(recordLimit(recordRequests));
  const server = await startHttpServer(
    port,
    (request) => handleRequest(services, recorder, latency, request),
    tls,
  );
  const url = `${tls ? "https" : "http"}://127.0.0.1:${server.port}`;
  const services = createServices(options ?? {}, url, directory);
  const { app, tokens, tokenLifetime: lifetime } = services.entra;
  const { faults } = services.graph;
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
    requests: recorder.requests,
    counts: recorder.counts,
    certificate: () => certificate ??= createCertificate(),
    registerCertificate: (pem) => app.addCertificate(pem),
    registerFederatedKey: (issuer, subject, publicJwk) => app.addFederatedKey({ issuer, subject, publicJwk }),
    issueToken: (tokenOptions = {}) => {
      const defaults = { tenantId: TENANT_ID, lifetime, permissions: app.permissions };
      return issueToken(tokens, directory, defaults, tokenOptions);
    },
    fault: (fault) => {
      faults.add(fault);
      // Some clients (Deno's fetch) silently repeat a request when a reused connection is lost. While such a
      // fault is queued, each request gets a new connection, so that clients see the loss.
      if (faults.hasConnectionLoss) server.closeIdle();
    },
    faultCounts: faults.counts,
    clearFaults: () => faults.clear(),
    setRateLimit: (limit) => void (services.rateLimiter = limit && createRateLimiter(limit)),
    shutdown: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
