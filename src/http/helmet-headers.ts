/** helmet's headers, worked out once: they are the same for every answer. */
import type { IncomingMessage } from 'node:http';
import { ServerResponse } from 'node:http';
import helmet from 'helmet';

/** Names and values of the headers that helmet sets for a server that sends data, not pages. */
export function helmetHeaders(request: IncomingMessage): readonly (readonly [string, string])[] {
  const response = new ServerResponse(request);
  const middleware = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    frameguard: { action: 'deny' },
  });
  middleware(request, response, (error?: unknown) => {
    if (error) throw error;
  });
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const);
}
