import { describeValue } from "./describe_value.ts";

/** The endpoints of one Microsoft cloud. */
export interface CloudEndpoints {
  /** Root URL of Microsoft Graph, without a version: `https://graph.microsoft.com`. */
  graph: string;
  /** Root URL of the sign-in service: `https://login.microsoftonline.com`. */
  authority: string;
}

/** The name of a Microsoft cloud. */
export type CloudName = "global" | "usgov" | "usgovdod" | "china";

/**
 * The endpoints of Microsoft's clouds.
 *
 * @see https://learn.microsoft.com/graph/deployments
 */
export const CLOUDS: Readonly<Record<CloudName, Readonly<CloudEndpoints>>> = {
  global: { graph: "https://graph.microsoft.com", authority: "https://login.microsoftonline.com" },
  usgov: { graph: "https://graph.microsoft.us", authority: "https://login.microsoftonline.us" },
  usgovdod: { graph: "https://dod-graph.microsoft.us", authority: "https://login.microsoftonline.us" },
  china: { graph: "https://microsoftgraph.chinacloudapi.cn", authority: "https://login.chinacloudapi.cn" },
};

/** The hostnames of this machine in a URL, for which `http:` is safe. */
export const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Parses the root URL of a service that will receive tokens or secrets, and returns it without a
 * trailing slash.
 *
 * @param what Names the endpoint in errors.
 * @param example What the endpoint looks like. Default: Graph of the global cloud.
 * @throws {TypeError} If it is not an https: URL without a path (http: for loopback addresses).
 */
export function parseEndpoint(what: string, value: string, example: string = CLOUDS.global.graph): string {
  const invalid = (why: string) =>
    new TypeError(`Cannot use ${what} as it ${why}, not ${describeValue(value, "url")}`);
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw invalid(`must be a URL such as "${example}"`);
  }
  const url = new URL(value);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    throw invalid("must be https: (http: is for loopback addresses only)");
  }
  if (url.username || url.password) throw invalid("must not contain a user name or password");
  if (url.pathname !== "/" || url.search || url.hash) {
    throw invalid("must be the root of the service, without a version or path");
  }
  return url.origin;
}

/**
 * Returns the validated endpoints of a cloud.
 *
 * @throws {RangeError} If there is no cloud of that name.
 * @throws {TypeError} If an endpoint is not the root URL of a service.
 */
export function resolveCloud(cloud: CloudName | CloudEndpoints): CloudEndpoints {
  if (typeof cloud === "string") {
    if (!Object.hasOwn(CLOUDS, cloud)) {
      const names = Object.keys(CLOUDS).join(", ");
      throw new RangeError(
        `Cannot use the cloud as it must be one of ${names} or a pair of endpoints: ` +
          `current value is ${describeValue(cloud, "name")}`,
      );
    }
    return CLOUDS[cloud];
  }
  return {
    graph: parseEndpoint("the Graph endpoint", cloud?.graph, CLOUDS.global.graph),
    authority: parseEndpoint("the authority", cloud?.authority, CLOUDS.global.authority),
  };
}
