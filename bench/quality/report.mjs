import { digits, printTable } from '../table.mjs';
import { meanRanks, summary } from './score.mjs';

const shown = (value) => (Number.isFinite(value) ? digits(value) : '-');

/** A table for each half, budget and batch size. */
export function report(scores, { methods, problems, halves, budgets, batches, details }) {
  for (const half of halves) {
    const ofHalf = problems.filter((problem) => problem.half === half);
    for (const batch of batches) {
      for (const budget of budgets.filter((n) => n % batch === 0)) {
        const solved = ofHalf.filter((problem) => scores.reference(problem, budget) === 0);
        const open = ofHalf.filter((problem) => scores.reference(problem, budget) > 0);
        const rows = rowsOf(scores, methods, open, { budget, batch });
        if (rows.length === 0) continue;
        const how = batch === 1 ? 'one at a time' : `in batches of ${batch}`;
        const without =
          solved.length > 0 ? `; without ${solved.map(({ name }) => name).join(', ')}: random solves it` : '';
        const title = `Half \`${half}\`, N = ${budget}, ${how}${without}`;
        printScores(title, rows, open.length);
        if (details) printDetails(title, rows, open);
      }
    }
  }
}

/** Best first. */
function rowsOf(scores, methods, problems, { budget, batch }) {
  const rows = methods.flatMap((method) =>
    method.name === 'random'
      ? [
          scores.row('random 2N', method, problems, { budget, batch, trials: 2 * budget }),
          scores.row('random', method, problems, { budget, batch }),
        ]
      : [scores.row(method.name, method, problems, { budget, batch })],
  );
  return rows
    .filter(({ columns }) => columns.length > 0)
    .map((row) => ({ ...row, ...summary(row) }))
    .sort((a, b) => a.score - b.score);
}

function printScores(title, rows, problems) {
  const ranks = meanRanks(rows);
  printTable(
    title,
    ['method', 'score', 'rank', 'worst', 'on', 'collapsed', 'failed', 'CPU ms a trial', 'runs', 'problems'],
    rows.map((row, i) => [
      row.label,
      `${row.score.toFixed(3)} ± ${Number.isFinite(row.error) ? row.error.toFixed(3) : '-'}`,
      shown(ranks[i]),
      shown(row.worst.score),
      row.worst.name ?? '-',
      row.collapses,
      row.errors,
      shown(row.ms),
      row.runs,
      row.problems === problems ? problems : `${row.problems} of ${problems}`,
    ]),
  );
}

/** The score on each problem. */
function printDetails(title, rows, problems) {
  const cell = (row, problem) => {
    const values = row.columns.find((column) => column.problem === problem)?.values ?? [];
    return shown(values.reduce((total, value) => total + value, 0) / values.length);
  };
  printTable(
    `${title}, by problem`,
    ['problem', ...rows.map(({ label }) => label)],
    problems.map((problem) => [problem.name, ...rows.map((row) => cell(row, problem))]),
  );
}
