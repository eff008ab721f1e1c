/**
 * Scores. The regret of a run at N is the noise-free value of the trial with the best observed value of its first N, less the
 * optimum. It is divided by the median regret of random search with 2N: below 1 is better than twice the budget.
 */
import { median } from '../table.mjs';
import { applies } from './jobs.mjs';

/** A run has collapsed when it is so much worse than random search with twice its budget. */
const COLLAPSE = 1.5;

/** What a run would answer after n trials. */
export function valueAt({ curve }, n) {
  let value = Number.NaN;
  for (const [trial, exact] of curve) {
    if (trial > n) break;
    value = exact;
  }
  return value;
}

/** Looks runs up, and measures them. */
export class Scores {
  #cache;
  #options;
  #optima;
  #references = new Map();

  constructor(cache, options) {
    this.#cache = cache;
    this.#options = options;
    this.#optima = new Map(options.problems.map((problem) => [problem, problem.optimum ?? this.#bestOf(problem)]));
  }

  /** The runs of a method on a problem for this budget, of `trials` at least; failed ones are among them. */
  runs(method, problem, { budget, batch, trials = budget }) {
    const { seeds, limits } = this.#options;
    const { seedFactor = 1 } = method;
    return Array.from({ length: seeds * seedFactor }, (_, seed) => ({ method, problem, budget, batch, seed }))
      .filter((job) => applies(job, limits))
      .map((job) => this.#cache.find({ ...job, budget: trials }))
      .filter((run) => run !== undefined);
  }

  regret(run, problem, n) {
    return Math.max(0, valueAt(run, n) - this.#optima.get(problem));
  }

  /** The median regret of random search with twice the budget; NaN where it was not run. */
  reference(problem, budget) {
    const key = `${budget} ${problem.name}`;
    if (!this.#references.has(key)) {
      const [random] = this.#options.methods;
      const runs = this.runs(random, problem, { budget, batch: 1, trials: 2 * budget });
      this.#references.set(key, median(runs.map((run) => this.regret(run, problem, 2 * budget))));
    }
    return this.#references.get(key);
  }

  /**
   * One row of a table: by problem the normalised regrets of the runs.
   *
   * @param problems - Those that random search with 2N does not solve.
   */
  row(label, method, problems, { budget, batch, trials = budget }) {
    const columns = problems.map((problem) => {
      const runs = this.runs(method, problem, { budget, batch, trials });
      const whole = runs.filter((run) => run.error === undefined);
      const unit = this.reference(problem, budget);
      return {
        problem,
        values: whole.map((run) => this.regret(run, problem, trials) / unit),
        errors: runs.length - whole.length,
        ms: whole.map((run) => run.ms),
      };
    });
    return { label, columns: columns.filter(({ values, errors }) => values.length + errors > 0) };
  }

  /** For what has no published optimum: the best noise-free value that any method found. */
  #bestOf(problem) {
    const { methods, budgets, batches } = this.#options;
    let best = Infinity;
    for (const method of methods) {
      for (const budget of budgets) {
        for (const batch of batches) {
          const trials = budget * (method.budgetFactor ?? 1);
          for (const run of this.runs(method, problem, { budget, batch, trials }))
            best = Math.min(best, run.best ?? best);
        }
      }
    }
    return best;
  }
}

const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

/** Mean of the problems' means, with the standard error over seeds. */
export function summary({ columns }) {
  const scored = columns.filter(({ values }) => values.length > 0);
  const means = scored.map(({ values }) => mean(values));
  const variances = scored.map(({ values }, i) =>
    values.length < 2
      ? Number.NaN
      : values.reduce((total, value) => total + (value - means[i]) ** 2, 0) / (values.length - 1) / values.length,
  );
  const worst = means.indexOf(Math.max(...means));
  return {
    score: mean(means),
    error: Math.sqrt(variances.reduce((total, value) => total + value, 0)) / scored.length,
    worst: { score: means[worst], name: scored[worst]?.problem.name },
    collapses: scored.reduce((total, { values }) => total + values.filter((value) => value > COLLAPSE).length, 0),
    errors: columns.reduce((total, { errors }) => total + errors, 0),
    ms: mean(columns.flatMap((column) => column.ms)),
    runs: columns.reduce((total, { values, errors }) => total + values.length + errors, 0),
    problems: columns.length,
  };
}

/**
 * The mean rank of each row: what the rank of one run of it would be among one run of each of the others, on average over
 * the problems that all rows have. Seeds are exchangeable, so every pair of runs counts.
 */
export function meanRanks(rows) {
  const columnOf = (row, problem) =>
    row.columns.find((column) => column.problem === problem && column.values.length > 0);
  const problems = rows[0].columns.map(({ problem }) => problem).filter((p) => rows.every((row) => columnOf(row, p)));
  return rows.map((row) =>
    mean(
      problems.map((problem) => {
        const own = columnOf(row, problem).values;
        const others = rows.filter((other) => other !== row);
        return others.reduce((rank, other) => rank + lossRate(own, columnOf(other, problem).values), 1);
      }),
    ),
  );
}

/** How often one value is above another; ties count half. */
function lossRate(own, other) {
  let losses = 0;
  for (const a of own) for (const b of other) losses += a > b ? 1 : a === b ? 0.5 : 0;
  return losses / (own.length * other.length);
}
