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

/** A test that states what it may do; Deno's sanitizers are off by default. */
export function test(
  name: string,
  permissions: Deno.PermissionOptions,
  fn: () => void | Promise<void>,
  options: { ignore?: boolean } = {},
): void {
  Deno.test({ name, permissions, sanitizeOps: true, sanitizeResources: true, fn, ...options });
}

/** A test of what Windows has not. */
export function posixTest(
  name: string,
  permissions: Deno.PermissionOptions,
  fn: () => void | Promise<void>,
): void {
  test(name, permissions, fn, { ignore: IS_WINDOWS });
}
