/** Permission for the test's own servers, and for nothing else. */
export const LOOPBACK: Deno.PermissionOptions = { net: ["127.0.0.1"] };

/** A test that states what it may do; Deno's sanitizers are off by default. */
export function test(
  name: string,
  permissions: Deno.PermissionOptions,
  fn: () => void | Promise<void>,
): void {
  Deno.test({ name, permissions, sanitizeOps: true, sanitizeResources: true, fn });
}
