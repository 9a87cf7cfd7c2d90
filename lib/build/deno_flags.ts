import { CLOUDS } from "../../mod.ts";

/** The environment variables that the documentation names; `NO_COLOR` and `HTTPS_PROXY` take no permission. */
export const VARIABLES = [
  "GRAPH_ACCESS_TOKEN",
  "GRAPH_ENDPOINT",
  "AZURE_AUTHORITY_HOST",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AZURE_CLIENT_SECRET",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
  "AZURE_FEDERATED_TOKEN_FILE",
  "NO_PROXY",
  "no_proxy",
];

const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];

/** The services of Microsoft's clouds, and this machine. */
export const HOSTS = [
  ...new Set(Object.values(CLOUDS).flatMap(({ graph, authority }) => [graph, authority])),
].map((root) => `${new URL(root).hostname}:443`).concat(LOOPBACK);

/** What a compiled command may do, as flags of Deno: no programs, no libraries, no code from elsewhere. */
export const permissionFlags = (ownHosts: readonly string[] = []): string[] => [
  "--no-prompt",
  `--allow-net=${[...HOSTS, ...ownHosts].join(",")}`,
  `--allow-env=${VARIABLES.join(",")}`,
  "--allow-read",
  "--allow-write",
  "--deny-import",
];
