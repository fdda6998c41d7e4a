/* A worker of `server/workers` that opens no stores: it says which process answers, and hangs where it is asked to. */
import { createServer } from 'node:http';
import { workFor } from '../../src/server/workers/index.ts';

workFor(async () => {
  const server = createServer((request, response) => {
    if (request.url === '/hang') for (;;);
    response.setHeader('connection', 'close').end(String(process.pid));
  });
  return {
    about: null,
    take: (socket) => server.emit('connection', socket),
    keep: () => undefined,
    close: async () => server.closeIdleConnections(),
  };
});
