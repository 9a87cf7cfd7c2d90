/**
 * An emulator in a process of its own: `emulator_process.ts USERS LATENCY [ADMISSION]`, the last as JSON, prints how
 * to reach it.
 */
import { sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";

const [users, latency, admission] = Deno.args.map((arg) => JSON.parse(arg));
const emulator = await startEmulator({
  directory: sampleDirectory({ users }),
  latency,
  recordRequests: false,
  tokenLifetime: 86_400,
});
emulator.admit(admission);
console.log(JSON.stringify({ cloud: emulator.cloud, token: await emulator.issueToken() }));
