/** The endpoints of one Microsoft cloud. */
export interface CloudEndpoints {
  /** Root of Microsoft Graph without a version, such as `https://graph.microsoft.com`. */
  graph: string;
  /** Root of the sign-in service, such as `https://login.microsoftonline.com`. */
  authority: string;
}

/** The national clouds by name. */
export type CloudName = "global" | "usgov" | "usgovdod" | "china";

/**
 * Microsoft's national clouds.
 *
 * @see https://learn.microsoft.com/graph/deployments
 */
export const CLOUDS: Readonly<Record<CloudName, Readonly<CloudEndpoints>>> = {
  global: { graph: "https://graph.microsoft.com", authority: "https://login.microsoftonline.com" },
  usgov: { graph: "https://graph.microsoft.us", authority: "https://login.microsoftonline.us" },
  usgovdod: { graph: "https://dod-graph.microsoft.us", authority: "https://login.microsoftonline.us" },
  china: { graph: "https://microsoftgraph.chinacloudapi.cn", authority: "https://login.chinacloudapi.cn" },
};

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Checks the root of a service and returns it without a trailing slash.
 *
 * @throws {TypeError} If it is not a bare https root (http: for loopback), as a token or secret will travel there.
 */
export function parseEndpoint(what: string, value: string): string {
  const shown = String(value).includes("@") ? "" : `: current value is ${JSON.stringify(value)}`; // "@": a password
  const cannot = (why: string) => new TypeError(`Cannot use ${what} as it ${why}${shown}`);
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw cannot('must be a URL such as "https://graph.microsoft.com"');
  }
  const url = new URL(value);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    throw cannot("must be https: (http: is for loopback addresses only)");
  }
  if (url.username || url.password) {
    throw new TypeError(`Cannot use ${what} as it must not contain a user name or password`);
  }
  if (url.pathname !== "/" || url.search || url.hash) {
    throw cannot("must be the root of the service, without a version or path");
  }
  return url.origin;
}

/**
 * The checked endpoints of a cloud.
 *
 * @throws {RangeError} If the name is not that of a cloud.
 * @throws {TypeError} If an endpoint is not a bare https root.
 */
export function resolveCloud(cloud: CloudName | CloudEndpoints): CloudEndpoints {
  if (typeof cloud === "string") {
    if (!Object.hasOwn(CLOUDS, cloud)) {
      throw new RangeError(
        `Cannot use the cloud as it must be one of ${
          Object.keys(CLOUDS).join(", ")
        } or a pair of endpoints: ` +
          `current value is ${JSON.stringify(cloud)}`,
      );
    }
    return CLOUDS[cloud];
  }
  return {
    graph: parseEndpoint("the Graph endpoint", cloud?.graph),
    authority: parseEndpoint("the authority", cloud?.authority),
  };
}
