/** A child process that makes one run at a time. It is told what to run by names, and answers with the run. */
import { allProblems } from './all-problems.mjs';
import { allMethods, closePeers } from './methods.mjs';

const { quick, variants } = JSON.parse(process.argv[2]);
const methods = allMethods(variants);
const problems = await allProblems({ quick });

process.on('message', async (job) => {
  const method = methods.find(({ name }) => name === job.method);
  const problem = problems.find(({ name }) => name === job.problem);
  try {
    process.send({ run: await method.run({ ...job, problem }) });
  } catch (error) {
    closePeers(); // its answers may be out of step
    // A server that was killed says nothing of the method: the run is made again another time.
    process.send(error.died ? { died: error.message } : { run: { error: String(error.message) } });
  }
});

process.on('disconnect', async () => {
  closePeers();
  for (const problem of problems) await problem.close?.();
  process.exit();
});
process.send({ ready: true });
