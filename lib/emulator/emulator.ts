import { toBase64Url } from "./base64.ts";
import type { Directory } from "./directory/directory.ts";
import { sampleDirectory } from "./directory/sample_directory.ts";
import { AccessTokens } from "./entra/access_tokens.ts";
import { AppRegistration } from "./entra/app_registration.ts";
import { tokenTenant } from "./entra/sign_in.ts";
import { answerSignInUnderFaults } from "./entra/sign_in_faults.ts";
import { type EntraState, tokenForm } from "./entra/token_endpoint.ts";
import { type Delivery, type EmulatorRequest, isRecord, type Outcome } from "./exchange.ts";
import { createLimiter, type Limiter } from "./fault/admission.ts";
import { FaultQueue } from "./fault/fault_queue.ts";
import { answerGraph, type GraphServiceState, isBatch, isGraph } from "./graph/graph_service.ts";
import { type Reply, serve } from "./http_server.ts";
import { issueToken } from "./issue_token.ts";
import { lazy } from "./lazy.ts";
import type { Emulator, EmulatorOptions } from "./options.ts";
import { seededRandom } from "./random.ts";
import { noteAnswer, type OpenRecord, peekBatchItems, Recorder } from "./recorder.ts";
import { checkServerCertificate } from "./x509/check_server_certificate.ts";
import { selfSignedCertificate } from "./x509/self_signed_certificate.ts";

const TENANT_ID = "11111111-1111-4111-8111-111111111111";
const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
const PERMISSIONS = ["ProfilePhoto.ReadWrite.All", "User.Read.All", "Group.Read.All"];

function recordLimit(recordRequests: boolean | number): number {
  if (typeof recordRequests === "number") return recordRequests;
  return recordRequests ? Infinity : 0;
}

/** Everything that answers are made from; it needs the URL, which is known when the server listens. */
interface Service {
  readonly graph: Omit<GraphServiceState, "recordItem" | "limiter">;
  readonly entra: EntraState;
  /** Which requests to Graph are admitted; all where there is none. */
  limiter?: Limiter;
}

function createService(options: EmulatorOptions, url: string, directory: Directory): Service {
  const { permissions = PERMISSIONS, secretExpired = false, reusableAssertions = false, seed = 1 } = options;
  const { deleteStatus = 200, batch: batchDeletes = true, tokenLifetime = 3599 } = options;
  const secret = toBase64Url(crypto.getRandomValues(new Uint8Array(30)));
  const app = new AppRegistration(CLIENT_ID, secret, { secretExpired, reusableAssertions, permissions });
  const tokens = new AccessTokens(url, CLIENT_ID);
  const random = seededRandom(seed);
  const faults = new FaultQueue(random);
  return {
    graph: { url, directory, deleteStatus, tokens, faults, random, batchDeletes },
    entra: { url, tenantId: TENANT_ID, app, tokens, tokenLifetime },
  };
}

/** Answers and records one HTTP request. */
async function handle(
  service: Service,
  recorder: Recorder,
  latency: number,
  request: EmulatorRequest,
): Promise<Reply> {
  const receivedAt = performance.now();
  const graph = isGraph(request);
  const batch = graph && isBatch(request);
  const token = tokenTenant(request) !== undefined;
  const record = recorder.begin(request, false, receivedAt);
  if (token) record.claims = tokenForm(request).get("claims");
  recorder.counts.graph += graph ? 1 : 0;
  recorder.counts.batch += batch ? 1 : 0;
  recorder.counts.token += token ? 1 : 0;

  const items: OpenRecord[] = [];
  const recordItem = (item: EmulatorRequest) => {
    const open = recorder.begin(item, true, receivedAt);
    recorder.counts.items++;
    items.push(open);
    return open;
  };

  const limiter = () => {
    const refused = service.limiter?.(performance.now());
    if (refused) recorder.counts.throttled++;
    return refused;
  };

  const outcome = graph
    ? await answerGraph({ ...service.graph, limiter, recordItem }, request)
    : await answerSignInUnderFaults(service.entra, service.graph.faults, request);
  if (batch && items.length === 0) peekBatchItems(request).forEach(recordItem);
  return {
    outcome,
    delay: graph ? receivedAt + latency - performance.now() : 0, // answering took a part of it
    sent: () => complete(record, items, outcome),
    last: () => service.graph.faults.drops,
  };
}

const UNANSWERED: readonly Delivery[] = ["drop", "reset", "stall"];

function complete(record: OpenRecord, items: readonly OpenRecord[], { answer, delivery }: Outcome): void {
  if (UNANSWERED.includes(delivery)) return;
  noteAnswer(record, answer);
  const tellsOfItems = delivery === "send" && isRecord(answer.json) && "responses" in answer.json;
  const answeredAt = performance.now();
  for (const open of [record, ...items]) {
    open.answeredAt = answeredAt;
    if (!tellsOfItems) open.retryAfter = record.retryAfter;
  }
}

/**
 * Starts a local Microsoft Graph v1.0 (users, groups, profile photos, `$batch`) with its Entra sign-in, on
 * 127.0.0.1 over HTTP, or HTTPS with `tls`. It checks signatures, lifetimes, audiences and permissions as the real
 * ones do, and fails on demand. Needs no files and no environment, and `net` permission for 127.0.0.1 alone.
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
 * @example Throttle once
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
 * @example Serve HTTPS, as Microsoft's own clients want it
 * ```ts
 * import { selfSignedCertificate, startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * const tls = await selfSignedCertificate(); // DENO_CERT and NODE_EXTRA_CA_CERTS name a file of what is trusted
 * await using emulator = await startEmulator({ tls });
 * using client = Deno.createHttpClient({ caCerts: [tls.certificate] });
 * const response = await fetch(`${emulator.url}/v1.0/users`, { client });
 * await response.body?.cancel();
 * console.assert(response.status === 401);
 * ```
 *
 * @example Admit two requests a second
 * ```ts
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using emulator = await startEmulator();
 * emulator.admit({ perSecond: 2, window: "bucket" });
 * const headers = { authorization: `Bearer ${await emulator.issueToken()}` };
 * const answers = await Promise.all(
 *   Array.from({ length: 4 }, () => fetch(`${emulator.url}/v1.0/users`, { headers })),
 * );
 * await Promise.all(answers.map((answer) => answer.body?.cancel()));
 * console.assert(answers.some(({ status }) => status === 429) && emulator.counts.throttled > 0);
 * ```
 *
 * @throws {Error} If the port is taken.
 * @throws {TypeError} If HTTPS cannot be served with `tls`.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, latency = 0, recordRequests = true, directory = sampleDirectory(), tls } = options;
  if (tls) await checkServerCertificate(tls);
  const recorder = new Recorder(recordLimit(recordRequests));
  const server = await serve(port, (request) => handle(service, recorder, latency, request), tls);
  const url = `${tls ? "https" : "http"}://127.0.0.1:${server.port}`;
  const service = createService(options, url, directory);
  const { app, tokens, tokenLifetime: lifetime } = service.entra;
  const certificate = lazy(async () => {
    const { pem } = await selfSignedCertificate();
    await app.addCertificate(pem);
    return pem;
  });
  const shutdown = lazy(() => server.close());
  return {
    url,
    cloud: { graph: url, authority: url },
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret: app.secret,
    directory,
    requests: recorder.requests,
    counts: recorder.counts,
    certificate,
    registerCertificate: (pem) => app.addCertificate(pem),
    registerFederatedKey: (issuer, subject, publicJwk) => app.addFederatedKey({ issuer, subject, publicJwk }),
    issueToken: (asked = {}) =>
      issueToken(tokens, directory, { tenantId: TENANT_ID, lifetime, permissions: app.permissions }, asked),
    fault: (fault) => {
      service.graph.faults.add(fault);
      // Some clients (Deno's fetch) silently repeat a request that a reused connection loses: as long as a drop is
      // queued, each request gets a connection of its own, so that the drop is seen.
      if (service.graph.faults.drops) server.closeIdle();
    },
    struck: service.graph.faults.struck,
    clearFaults: () => service.graph.faults.clear(),
    admit: (admission) => void (service.limiter = admission && createLimiter(admission)),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}
