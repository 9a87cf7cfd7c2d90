/** An emulator in a process of its own: `emulator_process.ts USERS LATENCY` prints how to reach it. */
import { sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";

const [users, latency] = Deno.args.map(Number);
const emulator = await startEmulator({
  directory: sampleDirectory({ users }),
  latency,
  recordRequests: false,
  tokenLifetime: 86_400,
});
console.log(JSON.stringify({ cloud: emulator.cloud, token: await emulator.issueToken() }));
