import { CLOUDS } from "../../mod.ts";
import { ENVIRONMENT_VARIABLES } from "../environment_variables.ts";

const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];

/** The hosts of Microsoft's clouds, and this machine. */
const HOSTS = [
  ...new Set(Object.values(CLOUDS).flatMap(({ graph, authority }) => [graph, authority])),
].map((root) => `${new URL(root).hostname}:443`).concat(LOOPBACK);

/** Where the platforms are that give what runs on them an identity: on this machine, or with the pipelines' service. */
const PLATFORM_HOSTS = [
  "169.254.0.0/16",
  "*.actions.githubusercontent.com:443",
  "dev.azure.com:443",
  "*.visualstudio.com:443",
];

/**
 * Returns the permissions of an executable as flags of Deno: no subprocesses, native libraries or remote code.
 *
 * @param ownHosts Further hosts that it may reach, such as those of a custom endpoint.
 */
export const denoFlags = (ownHosts: readonly string[] = []): string[] => [
  "--no-prompt",
  `--allow-net=${[...HOSTS, ...PLATFORM_HOSTS, ...ownHosts].join(",")}`,
  `--allow-env=${Object.keys(ENVIRONMENT_VARIABLES).join(",")}`,
  "--allow-read",
  "--allow-write",
  "--deny-import",
];
