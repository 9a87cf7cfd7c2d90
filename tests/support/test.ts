/**
 * Permission for the test's own servers, and for nothing else. Without that for the variables that name a proxy, every
 * request would go the long way around one.
 */
export const LOOPBACK: Deno.PermissionOptions = {
  net: ["127.0.0.1"],
  env: ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
};

/** Windows has no signals to send to a process, and no modes of files. */
export const IS_WINDOWS = Deno.build.os === "windows";

/** A test that may do nothing but compute. */
export const NONE = { permissions: "none" } as const;

/** A test with servers of its own. */
export const LOOPBACK_ONLY = { permissions: LOOPBACK };
