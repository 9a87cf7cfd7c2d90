import type { TlsOptions } from "../options.ts";

function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`Cannot serve HTTPS as the ${what} cannot be read`, { cause });
  }
}

/**
 * Throws `TypeError` where HTTPS on 127.0.0.1 cannot be served with this: the runtime would say nothing, and each
 * client that its connection was lost.
 */
export async function checkServerCertificate({ certificate, privateKey }: TlsOptions): Promise<void> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const shown = readable("certificate", () => new X509Certificate(certificate));
  const key = readable("private key", () => createPrivateKey(privateKey));
  if (!shown.checkPrivateKey(key)) {
    throw new TypeError("Cannot serve HTTPS as the private key is not the certificate's");
  }
  if (!shown.checkIP("127.0.0.1")) {
    throw new TypeError("Cannot serve HTTPS as the certificate is not for 127.0.0.1");
  }
}
