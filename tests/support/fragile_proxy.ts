import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy on 127.0.0.1 that can lose answers, or hold them back. */
export interface FragileProxy extends AsyncDisposable {
  /** Its root, without a trailing slash. */
  readonly url: string;
  /** How often a connection was reset. */
  readonly resets: number;
  /** Lets the next request arrive, and resets the connection in place of its answer. */
  loseNextAnswer(): void;
  /** Lets requests arrive, and holds their answers back until the returned function is called. */
  hold(): () => void;
}

/** Puts a proxy before a server on 127.0.0.1. */
export async function fragileProxy(target: string): Promise<FragileProxy> {
  const open = new Set<Socket>();
  let losing = false;
  let resets = 0;
  let held: (() => void)[] | undefined;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => {});
  };
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(target).port), "127.0.0.1");
    [client, upstream].forEach(keep);
    client.on("data", (bytes) => upstream.write(bytes)).on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy()).on("data", (bytes) => {
      if (held) return held.push(() => client.write(bytes));
      if (!losing) return client.write(bytes);
      losing = false;
      resets++;
      client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    get resets() {
      return resets;
    },
    loseNextAnswer: () => void (losing = true),
    hold() {
      const waiting = held ??= [];
      return () => {
        held = undefined;
        waiting.forEach((write) => write());
      };
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      open.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
