/** Which runs an answer needs. */

/** Whether a method is asked for this budget; a budget that is not a multiple of the batch is nobody's. */
export function applies(method, { budget, batch, seed }, limits) {
  if (budget % batch !== 0) return false;
  const { budget: most = Infinity, seeds = Infinity } = method[limits] ?? {};
  return budget <= most && seed < seeds;
}

/** The runs to make, the cheap methods and the first seeds first. What does not plan for its budget runs once, with the largest. */
export function jobsOf({ methods, problems, budgets, batches, seeds, limits }) {
  const jobs = [];
  for (const method of methods) {
    const { budgetFactor = 1, seedFactor = 1 } = method;
    for (const batch of method.batches === false ? [1] : batches) {
      for (let seed = 0; seed < seeds * seedFactor; seed++) {
        for (const problem of problems) {
          const asked = budgets.filter((budget) => applies(method, { budget, batch, seed }, limits));
          const made = method.plansForBudget || asked.length === 0 ? asked : [Math.max(...asked) * budgetFactor];
          for (const budget of made) jobs.push({ method, problem, budget, batch, seed });
        }
      }
    }
  }
  return jobs;
}
