/** Which runs an answer needs. */
import { isConditional } from './coordinates.mjs';

/**
 * Whether a method is asked for this: not for a budget that is no multiple of the batch, nor beyond the limits of a dear
 * method or problem, nor where the method is another one's equal.
 *
 * @param limits - Which of their limits hold: `{ ofMethods, ofProblems }`, names or undefined.
 */
export function applies({ method, problem, budget, batch, seed }, { ofMethods, ofProblems }) {
  const { seedFactor = 1 } = method;
  const within = ({ budget: most = Infinity, seeds = Infinity } = {}) => budget <= most && seed < seeds * seedFactor;
  if (method.conditional && !isConditional(problem.space)) return false;
  return budget % batch === 0 && within(method[ofMethods]) && within(problem[ofProblems]);
}

/**
 * The runs to make, the cheap methods and the first seeds first. What does not plan for its budget runs once, with the
 * largest.
 */
export function jobsOf({ methods, problems, budgets, batches, seeds, limits }) {
  const jobs = [];
  for (const method of methods) {
    const { budgetFactor = 1, seedFactor = 1 } = method;
    for (const batch of method.batches === false ? [1] : batches) {
      for (let seed = 0; seed < seeds * seedFactor; seed++) {
        for (const problem of problems) {
          const asked = budgets.filter((budget) => applies({ method, problem, budget, batch, seed }, limits));
          const made = method.plansForBudget || asked.length === 0 ? asked : [Math.max(...asked) * budgetFactor];
          for (const budget of made) jobs.push({ method, problem, budget, batch, seed });
        }
      }
    }
  }
  return jobs;
}
