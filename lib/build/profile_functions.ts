import { startEmulator } from "../emulator/mod.ts";
import { CREDENTIAL_VARIABLES } from "../environment_variables.ts";
import { BuildError, run } from "./build.ts";

/** The offsets of a function in its script. */
export interface FunctionRange {
  start: number;
  end: number;
}

/** V8's coverage of a script: the first range of a function is all of it. */
interface Coverage {
  url: string;
  functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
}

/**
 * Removes photos from the emulator with a token and with a secret, and returns the functions that these runs call.
 * Those that only a certificate needs are left out: every start would read them.
 *
 * @param path The command as one script.
 * @param temporary A folder for the coverage.
 * @throws {BuildError} If a run fails, or Deno does not report what it calls.
 */
export async function profileFunctions(path: string, temporary: string): Promise<FunctionRange[]> {
  await using tenant = await startEmulator();
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const coverage = `${temporary}/coverage`;
  const app = { AZURE_AUTHORITY_HOST: cloud.authority, AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId };
  const unset = Object.fromEntries(Object.keys(CREDENTIAL_VARIABLES).map((name) => [name, ""]));
  const credentials: [user: string, variables: Record<string, string>][] = [
    ["alex", { GRAPH_ACCESS_TOKEN: await tenant.issueToken() }],
    ["diego", { ...app, AZURE_CLIENT_SECRET: clientSecret }],
  ];
  await Deno.mkdir(coverage); // Deno creates it only if there is something to report
  for (const [user, variables] of credentials) {
    await run(
      Deno.execPath(),
      ["run", "--quiet", "--allow-all", `--coverage=${coverage}`, path, "user", `${user}@contoso.com`],
      { env: { ...unset, GRAPH_ENDPOINT: cloud.graph, ...variables } },
    );
  }
  const called: FunctionRange[] = [];
  for await (const { name } of Deno.readDir(coverage)) {
    const { url, functions }: Coverage = JSON.parse(await Deno.readTextFile(`${coverage}/${name}`));
    if (!url.endsWith(path.slice(path.lastIndexOf("/")))) continue;
    for (const { ranges: [whole] } of functions) {
      if (whole!.count > 0) called.push({ start: whole!.startOffset, end: whole!.endOffset });
    }
  }
  if (called.length === 0) {
    throw new BuildError(`Deno ${Deno.version.deno} does not report which functions of ${path} are called`);
  }
  return called;
}
