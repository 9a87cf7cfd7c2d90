/**
 * One removal as a fresh process, by each way to sign in: this tool as source, bundle and executable, next to a bare
 * Deno script with the same requests (the floor) and a Node script on Microsoft's client.
 */
import { selfSignedCertificate, startEmulator } from "../../lib/emulator/mod.ts";
import { measure, type Took } from "./measure.ts";
import { median, ratioOf } from "./row.ts";
import type { Row } from "./row.ts";
import type { Rivals } from "./rivals.ts";

const RUNS = 21;
const WARM_UPS = 2;
/** It takes seconds, and is here for its start alone. */
const RUNS_OF_M365 = 3;
const USER = "alex@contoso.com";
const REMOVE = ["user", USER, "--output", "ndjson"];

const path = (relative: string) => new URL(relative, import.meta.url).pathname;
const deno = (...args: string[]) => [Deno.execPath(), "run", "--quiet", ...args];

const TOOL = {
  source: (flags: string[]) => [...deno(...flags, path("../../cli.ts")), ...REMOVE],
  bundle: (flags: string[]) => [...deno(...flags, path("../../dist/remove-profile-photo.js")), ...REMOVE],
  executable: () => [path("../../dist/remove-profile-photo"), ...REMOVE],
};

/** Upper bounds of the ratio to the floor. From source Deno loads some 50 modules one by one. */
const BOUNDS: Readonly<Record<string, number>> = { source: 1.75, bundle: 1.3, executable: 0.6 };
/** How many times faster than the script on Microsoft's client, at least. */
const TO_MICROSOFT = 6;

/** Measures the start, and what it is a ratio of. */
export async function measureCold(rivals: Rivals): Promise<Row[]> {
  const tls = await selfSignedCertificate(); // Microsoft's clients take nothing but https
  await using plain = await startEmulator();
  await using secure = await startEmulator({ tls, reusableAssertions: true });
  const folder = await Deno.makeTempDir();
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const [pem, ca] = [`${folder}/app.pem`, `${folder}/ca.pem`];
  await Deno.writeTextFile(pem, await plain.certificate());
  await secure.registerCertificate(await Deno.readTextFile(pem));
  await Deno.writeTextFile(ca, tls.certificate);

  const settings = async (tenant: typeof plain, credential: string): Promise<Record<string, string>> => ({
    DENO_NO_UPDATE_CHECK: "1",
    NODE_EXTRA_CA_CERTS: ca,
    GRAPH_ENDPOINT: tenant.cloud.graph,
    ...(credential === "token" ? { GRAPH_ACCESS_TOKEN: await tenant.issueToken() } : {
      AZURE_AUTHORITY_HOST: tenant.cloud.authority,
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      ...(credential === "secret"
        ? { AZURE_CLIENT_SECRET: tenant.clientSecret }
        : { AZURE_CLIENT_CERTIFICATE_PATH: pem }),
    }),
  });

  const entries: {
    what: string;
    credential: string;
    words: string[];
    env: Record<string, string>;
    tenant: typeof plain;
    took: Took[];
  }[] = [];
  for (const credential of ["token", "secret", "certificate"]) {
    const flags = ["--allow-net", "--allow-env", ...(credential === "certificate" ? ["--allow-read"] : [])];
    const [ours, theirs] = [await settings(plain, credential), await settings(secure, credential)];
    const add = (what: string, words: string[], env = ours, tenant = plain) =>
      entries.push({ what, credential, words, env, tenant, took: [] });
    add("floor", deno(...flags, path(`./floor/${credential}.ts`)));
    add("source", TOOL.source(flags));
    add("bundle", TOOL.bundle(flags));
    add("executable", TOOL.executable());
    add("Microsoft's client", [...rivals.graphClient, "cold", credential], theirs, secure);
  }
  const m365 = {
    what: "m365 version",
    credential: "",
    words: [...rivals.m365, "version"],
    env: {},
    tenant: plain,
    took: [] as Took[],
  };

  const photo = plain.directory.photo("adele@contoso.com")!.bytes;
  for (let run = -WARM_UPS; run < RUNS; run++) {
    for (const entry of run >= 0 && run < RUNS_OF_M365 ? [...entries, m365] : entries) {
      entry.tenant.directory.setPhoto(USER, photo);
      const took = await measure(entry.words, entry.env);
      if (entry !== m365 && !took.stdout.includes('"removed"')) {
        throw new Error(`${entry.what}: ${took.stdout}`);
      }
      if (run >= 0) entry.took.push(took);
    }
  }

  const ratio = (above: Took[], below: Took[]) =>
    ratioOf(above.map(({ wall }) => wall), below.map(({ wall }) => wall));
  return [...entries, m365].map(({ what, credential, took }) => {
    const of = (name: string) =>
      entries.find((entry) => entry.credential === credential && entry.what === name)!;
    const isOurs = what in TOOL;
    return {
      group: "One removal, from start to end of the process",
      name: credential ? `${what}, by ${credential}` : what,
      ms: median(took.map(({ wall }) => wall)),
      cpuMs: took[0]!.cpu === null ? null : took.reduce((sum, { cpu }) => sum + cpu!, 0) / took.length,
      peakBytes: took[0]!.peak === null ? null : median(took.map(({ peak }) => peak!)),
      ratios: isOurs
        ? [
          { to: "floor", ratio: ratio(took, of("floor").took), below: BOUNDS[what] },
          {
            to: "Microsoft's client",
            ratio: ratio(took, of("Microsoft's client").took),
            below: 1 / TO_MICROSOFT,
          },
        ]
        : [],
    };
  });
}
