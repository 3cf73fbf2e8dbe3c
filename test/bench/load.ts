/** The load generator: raw HTTP/1.1 over kept connections, so that the client is never what is measured. */
import { connect } from 'node:net';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly ms: number;
  /** The bytes of the nth request. */
  request(n: number): Buffer;
}

/** How many were answered with 2xx; throws at any other answer. */
export async function run(load: Load): Promise<number> {
  const end = performance.now() + load.ms;
  let next = 0;
  let done = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(load.port, '127.0.0.1').setNoDelay(true);
      let got: Buffer = Buffer.alloc(0);
      const send = (): void => void socket.write(load.request(next++));
      socket.on('error', reject).on('connect', send);
      socket.on('data', (chunk) => {
        got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
        const size = answerSize(got);
        if (size instanceof Error) return void socket.destroy(size);
        if (size === undefined || got.length < size) return;
        got = Buffer.alloc(0);
        done++;
        if (performance.now() < end) send();
        else socket.end(resolve);
      });
    });
  await Promise.all(Array.from({ length: load.connections }, one));
  return done;
}

// Size of a whole answer; undefined while its head is not there.
function answerSize(got: Buffer): number | Error | undefined {
  const headEnd = got.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = got.toString('latin1', 0, headEnd);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (!/^HTTP\/1.1 2/.test(head) || length === undefined) return new Error(`not answered: ${head}`);
  return headEnd + 4 + Number(length);
}

/** A GET as a caller. */
export const get = (path: string, token: string): Buffer =>
  Buffer.from(`GET /fhir${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`);

/** A create as a caller, answered without a body. */
export function post(path: string, token: string, body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST /fhir${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nPrefer: return=minimal\r\n` +
      `Content-Type: application/fhir+json\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}
