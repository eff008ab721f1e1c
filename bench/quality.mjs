/**
 * How good is what a search finds, beside other optimizers? Functions and real problems in two halves, one to tune on and
 * one to judge on; scores are regrets divided by that of random search with twice the budget.
 *
 * `npm run bench -- quality [--quick] [--seeds 15] [--budgets 50,100] [--batch 1,20] [--methods shac,tpe] [--problems REGEX]
 * [--half tuning|test] [--only synthetic|real] [--spaces flat|conditional|all] [--variant NAME=JSON] [--jobs 2] [--details]`.
 * Runs are kept in build-quality/ and not made again. Without --spaces the problems are those without conditions. Dear peers and
 * real problems stop at limits of their own, which --methods and --problems lift. A variant is SHAC with other options of `new SHAC`, and of `fit` under the key `fit`.
 */
import { Cache } from './quality/cache.mjs';
import { jobsOf } from './quality/jobs.mjs';
import { readOptions } from './quality/options.mjs';
import { peerEnvironment } from './quality/peer.mjs';
import { plot } from './quality/plot.mjs';
import { runJobs } from './quality/pool.mjs';
import { report } from './quality/report.mjs';
import { Scores } from './quality/score.mjs';

/** @param {{ quick: boolean, args?: string[] }} options - `args`: further flags of the command line */
export async function run({ quick, args = [] }) {
  const options = await readOptions({ quick, args });
  options.methods = options.methods.filter(isThere);
  const cache = new Cache();
  const missing = jobsOf(options).filter((job) => !cache.find(job));
  const { processes, variants } = options;
  await runJobs(missing, { processes, quick, variants }, (job, result) => cache.add(job, result));
  const scores = new Scores(cache, options);
  report(scores, options);
  console.log(`\n${plot(scores, options)}`);
}

/** A peer whose environment cannot be made is left out. */
function isThere(method) {
  try {
    if (method.python) peerEnvironment(method.name);
    return true;
  } catch (error) {
    console.log(`${method.name} is left out: ${error.message}`);
    return false;
  }
}
