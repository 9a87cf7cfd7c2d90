import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A proxy on a free port of 127.0.0.1. */
export interface TestProxy extends AsyncDisposable {
  /** Its address, as HTTPS_PROXY takes it. */
  readonly url: string;
  /** What it was asked for, in order: `host:port` of each tunnel, the URL of each plain request. */
  readonly asked: readonly string[];
}

export interface ProxyOptions {
  /** The port of this machine that every tunnel leads to, wherever it was to lead, as one that inspects TLS does. */
  inspectOn?: number;
  /** `user:password` without which it refuses. */
  login?: string;
}

/** Serves as a proxy that knows tunnels (CONNECT) and records what it is asked for. */
export async function startProxy({ inspectOn, login }: ProxyOptions = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(502).end();
  });
  server.on("connection", keep);
  server.on("connect", (request, client: Socket) => {
    asked.push(request.url!);
    if (login && request.headers["proxy-authorization"] !== `Basic ${btoa(login)}`) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const port = inspectOn ?? Number(request.url!.split(":").at(-1));
    const upstream = keep(connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    }));
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${login ? `${login}@` : ""}127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
