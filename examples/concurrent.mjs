/**
 * Eight evaluations at once in this process: for an objective that waits for something else, here a server. Run it with
 *
 *     node examples/concurrent.mjs
 */
import { createServer } from 'node:http';
import { SHAC, uniform } from 'shac';

// What is tuned: a service whose answer takes a while. Yours is elsewhere.
const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  const [x, y] = ['x', 'y'].map((name) => Number(searchParams.get(name)));
  setTimeout(() => response.end(String((x - 3) ** 2 + (y + 1) ** 2)), 10);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();

const shac = new SHAC(
  { x: uniform(-5, 5), y: uniform(-5, 5) },
  { totalBudget: 200, numBatches: 10, objective: 'min', seed: 1 },
);
shac.setNumParallelEvaluators(8);

await shac.fit(
  async ({ x, y }, { signal }) => {
    const response = await fetch(`http://127.0.0.1:${port}/?x=${x}&y=${y}`, { signal });
    return Number(await response.text());
  },
  { timeoutMs: 5000, retries: 2 },
);
console.log(shac.bestTrial);
server.close();
server.closeAllConnections();
