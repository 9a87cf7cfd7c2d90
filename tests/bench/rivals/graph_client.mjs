/**
 * What an admin writes on Microsoft's client, for Node: `graph_client.mjs cold secret|certificate|token` removes one
 * photo, `graph_client.mjs bulk COUNT CONCURRENCY BATCH` those of generated users. Prints JSON.
 */
const load = (name) => import(name); // beside dist/rivals alone there is something of that name
const { BatchRequestContent, BatchResponseContent, Client } = await load("@microsoft/microsoft-graph-client");

const [how, ...args] = process.argv.slice(2);
const {
  GRAPH_ENDPOINT,
  GRAPH_ACCESS_TOKEN,
  AZURE_TENANT_ID,
  AZURE_CLIENT_ID,
  AZURE_CLIENT_SECRET,
  AZURE_CLIENT_CERTIFICATE_PATH,
} = process.env;

/** Where tokens come from, as Microsoft's documentation shows it. */
async function authProvider(kind) {
  if (kind === "token") return { getAccessToken: () => Promise.resolve(GRAPH_ACCESS_TOKEN) };
  const { ClientCertificateCredential, ClientSecretCredential } = await load("@azure/identity");
  const { TokenCredentialAuthenticationProvider } = await load(
    "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js",
  );
  const options = { disableInstanceDiscovery: true }; // the host is none of Microsoft's
  const credential = kind === "secret"
    ? new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, options)
    : new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, {
      certificatePath: AZURE_CLIENT_CERTIFICATE_PATH,
    }, options);
  return new TokenCredentialAuthenticationProvider(credential, {
    scopes: [`${GRAPH_ENDPOINT}/.default`],
  });
}

const client = Client.initWithMiddleware({
  authProvider: await authProvider(how === "cold" ? args[0] : "token"),
  baseUrl: GRAPH_ENDPOINT,
  customHosts: new Set(["127.0.0.1"]),
});

async function cold() {
  const response = await client.api("/users/alex@contoso.com/photo/$value").responseType("raw").delete();
  return { outcome: response.ok ? "removed" : "failed", status: response.status };
}

const path = (number) => `/users/user${String(number).padStart(5, "0")}@contoso.com/photo/$value`;

async function bulk(count, concurrency, size) {
  let next = 1;
  const took = { ms: 0, cpu: 0, requests: 0, attempts: 0, removed: 0 };
  const send = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    took.requests++;
    if (size === 1) took.attempts++;
    return send(input, init);
  };
  const alone = async (number) => {
    try {
      await client.api(path(number)).delete();
      took.removed++;
    } catch { /* not removed, which shows */ }
  };
  const batch = async (first) => {
    const steps = Array.from({ length: Math.min(size, count + 1 - first) }, (_, at) => ({
      id: String(at + 1),
      request: new Request(`${GRAPH_ENDPOINT}${path(first + at)}`, { method: "DELETE" }),
    }));
    took.attempts += steps.length;
    const content = await new BatchRequestContent(steps).getContent();
    const answers = new BatchResponseContent(await client.api("/$batch").post(content));
    for (const { id } of steps) if (answers.getResponseById(id).ok) took.removed++;
  };
  const worker = async () => {
    while (next <= count) {
      const first = next;
      next += size;
      await (size === 1 ? alone(first) : batch(first));
    }
  };
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  took.ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(usedBefore);
  took.cpu = (user + system) / 1000;
  return took;
}

console.log(JSON.stringify(how === "cold" ? await cold() : await bulk(...args.map(Number))));
