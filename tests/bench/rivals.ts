/** The one place that names the versions of what this tool is measured against. */
const RIVALS = [
  "@microsoft/microsoft-graph-client@3.0.7",
  "@azure/identity@4.14.1",
  "@pnp/cli-microsoft365@11.11.0",
];

const HOME = new URL("../../dist/rivals/", import.meta.url);

export interface Rivals {
  /** The words that run the Node script on Microsoft's client, without its arguments. */
  graphClient: string[];
  /** The words that run m365. */
  m365: string[];
}

/** Installs the rivals below dist/, once. */
export async function installRivals(): Promise<Rivals> {
  await Deno.mkdir(HOME, { recursive: true });
  const mark = new URL("installed.json", HOME);
  const wanted = JSON.stringify(RIVALS);
  if (await Deno.readTextFile(mark).catch(() => "") !== wanted) {
    const npm = new Deno.Command("npm", {
      args: ["install", "--prefix", HOME.pathname, "--no-audit", "--no-fund", "--silent", ...RIVALS],
      stdout: "null",
    });
    if (!(await npm.output()).success) throw new Error("npm could not install the rivals");
    await Deno.writeTextFile(mark, wanted);
  }
  await Deno.copyFile(
    new URL("rivals/graph_client.mjs", import.meta.url),
    new URL("graph_client.mjs", HOME),
  );
  return {
    graphClient: ["node", new URL("graph_client.mjs", HOME).pathname],
    m365: ["node", new URL("node_modules/.bin/m365", HOME).pathname],
  };
}
