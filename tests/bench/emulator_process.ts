/**
 * An emulator in a process of its own: `emulator_process.ts JSON` with the options below prints how to reach it.
 */
import {
  type RateLimit,
  sampleDirectory,
  selfSignedCertificate,
  startEmulator,
} from "../../lib/emulator/mod.ts";

export interface Served {
  users: number;
  /** Milliseconds until it answers. */
  latency: number;
  /** What it admits; default: all. */
  admission?: RateLimit;
  /** Whether it is served by https:, which Microsoft's clients demand. */
  secure?: boolean;
}

const { users, latency, admission, secure }: Served = JSON.parse(Deno.args[0]!);
const tls = secure ? await selfSignedCertificate() : undefined;
const emulator = await startEmulator({
  directory: sampleDirectory({ users }),
  latency,
  recordRequests: false,
  tokenLifetime: 86_400,
  tls,
});
emulator.setRateLimit(admission);
console.log(JSON.stringify({
  cloud: emulator.cloud,
  token: await emulator.issueToken(),
  certificate: tls?.certificate,
}));
