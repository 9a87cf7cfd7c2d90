/**
 * One removal at a distance: sign-in and Graph are each behind a relay with 40 ms of round trip, by TLS and HTTP/2, as a
 * fresh process by each way to sign in, next to a bare Deno script that sends one request after the other (the floor).
 */
import { selfSignedCertificate, startEmulator } from "../../lib/emulator/mod.ts";
import { measure, type Took } from "./measure.ts";
import { median, ratioOf, type Row } from "./row.ts";

const RUNS = 15;
const WARM_UPS = 1;
const USER = "alex@contoso.com";
/** In ms, for each way. */
const DELAY = 20;
/** What the first bytes of a connection take longer, in ms: the handshake of TCP, which the loopback does at once. */
const HANDSHAKE = 40;

const path = (relative: string) => new URL(relative, import.meta.url).pathname;
const deno = (...args: string[]) => [Deno.execPath(), "run", "--quiet", ...args];
const REMOVE = ["user", USER, "--output", "ndjson"];

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Copies bytes, each chunk later by `delay` ms, and the first by `extra` more. */
async function copyLater(from: Deno.TcpConn, to: Deno.TcpConn, extra: number): Promise<void> {
  let written = Promise.resolve();
  let earliest = performance.now() + extra;
  try {
    for await (const chunk of from.readable) {
      earliest = Math.max(earliest, performance.now());
      const due = earliest + DELAY;
      written = written.then(async () => {
        await pause(Math.max(0, due - performance.now()));
        for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await to.write(rest));
      });
      written.catch(() => {});
    }
    await written;
    await to.closeWrite();
  } catch { // either side has closed the connection
  }
}

/** Relays connections to a port of 127.0.0.1. */
function startRelay(port: number): { port: number } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const near of listener) {
      near.setNoDelay();
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      far.setNoDelay();
      void copyLater(near, far, HANDSHAKE);
      void copyLater(far, near, 0);
    }
  })();
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}

/** Answers as sign-in and Graph do where all is well. */
function answer({ method, url }: Request): Response {
  if (!url.endsWith("/token")) return new Response(null, { status: method === "DELETE" ? 204 : 200 });
  return Response.json({ token_type: "Bearer", access_token: "e30.e30.c2ln", expires_in: 3599 });
}

/** Measures one removal at a distance, and what it is a ratio of. */
export async function measureDistant(): Promise<Row[]> {
  const { certificate: cert, privateKey: key } = await selfSignedCertificate();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen() {} }, answer);
  using graph = startRelay(server.addr.port);
  using authority = startRelay(server.addr.port);
  await using tenant = await startEmulator();
  const folder = await Deno.makeTempDir();
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const [pem, ca] = [`${folder}/app.pem`, `${folder}/ca.pem`];
  await Deno.writeTextFile(pem, await tenant.certificate());
  await Deno.writeTextFile(ca, cert);
  const env = {
    DENO_NO_UPDATE_CHECK: "1",
    DENO_CERT: ca,
    NODE_EXTRA_CA_CERTS: ca,
    GRAPH_ENDPOINT: `https://127.0.0.1:${graph.port}`,
    AZURE_AUTHORITY_HOST: `https://127.0.0.1:${authority.port}`,
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
  };
  const credentials = {
    secret: {
      env: { ...env, AZURE_CLIENT_SECRET: tenant.clientSecret },
      bounds: { source: 1, bundle: 0.9, executable: 0.75 },
    },
    certificate: {
      env: { ...env, AZURE_CLIENT_CERTIFICATE_PATH: pem },
      bounds: { source: 1.1, bundle: 0.95, executable: 0.8 },
    },
  };
  const flags = ["--allow-net", "--allow-env", "--allow-read"];
  const rows: Row[] = [];
  for (const [credential, { env, bounds }] of Object.entries(credentials)) {
    const ways = {
      floor: deno(...flags, path(`./floor/${credential}.ts`)),
      source: [...deno(...flags, path("../../cli.ts")), ...REMOVE],
      bundle: [...deno(...flags, path("../../dist/remove-profile-photo.js")), ...REMOVE],
      executable: [path("../../dist/remove-profile-photo"), ...REMOVE],
    };
    const took: Record<string, Took[]> = { floor: [], source: [], bundle: [], executable: [] };
    for (let run = -WARM_UPS; run < RUNS; run++) {
      for (const [what, words] of Object.entries(ways)) {
        const one = await measure(words, env);
        if (!one.stdout.includes('"removed"')) throw new Error(`${what}: ${one.stdout}`);
        if (run >= 0) took[what]!.push(one);
      }
    }
    const walls = (what: string) => took[what]!.map(({ wall }) => wall);
    rows.push(
      ...Object.keys(ways).map((what): Row => ({
        group: `One removal at ${2 * DELAY} ms of round trip`,
        name: `${what}, by ${credential}`,
        ms: median(walls(what)),
        cpuMs: null,
        peakBytes: null,
        ratios: what === "floor" ? [] : [{
          to: "floor",
          ratio: ratioOf(walls(what), walls("floor")),
          below: bounds[what as keyof typeof bounds],
        }],
      })),
    );
  }
  return rows;
}
