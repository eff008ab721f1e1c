import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const REPORT_MS = 30_000;

/**
 * Makes runs in child processes, one at a time in each, in the order of the jobs; every run is kept as soon as it is there.
 *
 * @param jobs - `{ method, problem, budget, batch, seed }`
 * @param options - What all-problems and methods need, and `processes`.
 * @param keep - Gets a job and its run.
 */
export async function runJobs(jobs, { processes, ...options }, keep) {
  if (jobs.length === 0) return;
  let [next, done, reported] = [0, 0, performance.now()];
  const started = performance.now();
  const finished = (job, run) => {
    keep(job, run);
    done++;
    if (performance.now() - reported < REPORT_MS) return;
    reported = performance.now();
    const minutes = ((reported - started) / 60_000).toFixed(0);
    console.error(`quality: ${done} of ${jobs.length} runs, ${minutes} min; ${job.method.name} on ${job.problem.name}`);
  };
  const count = Math.min(processes, jobs.length);
  console.error(`quality: ${jobs.length} runs to make, ${count} at a time`);
  await Promise.all(Array.from({ length: count }, () => work(() => jobs[next++], finished, options)));
}

/** One child, until there is no job left. */
function work(nextJob, finished, options) {
  const child = fork(WORKER, [JSON.stringify(options)]);
  let job;
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message.died !== undefined)
        console.error(`quality: ${job.method.name} on ${job.problem.name}: ${message.died}`);
      if (message.run) finished(job, message.run);
      job = nextJob();
      if (job) child.send({ ...job, method: job.method.name, problem: job.problem.name });
      else child.disconnect();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (job)
        reject(
          new Error(
            `a process of the benchmark ended (${signal ?? code}) in ${job.method.name} on ${job.problem.name}`,
          ),
        );
      else resolve();
    });
  });
}
