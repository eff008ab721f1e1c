/** Draws regret against evaluations: medians over problems and seeds with bands from the lower to the upper quartile. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantile } from '../table.mjs';
import { folder } from './cache.mjs';

const PANEL = { width: 520, height: 380, left: 60, top: 40, gap: 60 };
const LEGEND = 150;
const COLOURS = ['#888888', '#d62728', '#1f77b4', '#2ca02c', '#9467bd', '#ff7f0e', '#8c564b', '#17becf', '#e377c2'];
const LEAST = 1e-4;

/**
 * Writes build-quality/quality.svg: a panel for each half, of the largest budget and the first batch size.
 *
 * @returns where it is.
 */
export function plot(scores, { methods, problems, halves, budgets, batches }) {
  const budget = Math.max(...budgets);
  const batch = batches.find((size) => budget % size === 0) ?? 1;
  const panels = halves.map((half, i) => {
    const ofHalf = problems.filter((p) => p.half === half && scores.reference(p, budget) > 0);
    const lines = methods.map((method) => ({
      name: method.name,
      points: bands(scores, method, ofHalf, budget, batch),
    }));
    return panel(`Half ${half}, N = ${budget}, batch ${batch}`, lines, budget, i * (PANEL.width + PANEL.gap));
  });
  const width = PANEL.left + halves.length * (PANEL.width + PANEL.gap) + LEGEND;
  const height = PANEL.top + PANEL.height + 60;
  const file = join(folder, 'quality.svg');
  writeFileSync(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>
${panels.join('\n')}
${legend(methods, width - LEGEND)}
</svg>
`,
  );
  return file;
}

/** Quartiles of the normalised regrets after some numbers of trials; all are divided by random search's at the end. */
function bands(scores, method, problems, budget, batch) {
  const measured = problems.map((problem) => ({
    problem,
    unit: scores.reference(problem, budget),
    runs: scores.runs(method, problem, { budget, batch }).filter((run) => run.error === undefined),
  }));
  if (measured.length === 0 || measured.some(({ runs }) => runs.length === 0)) return [];
  return ticksOf(budget).map((n) => {
    const values = measured.flatMap(({ problem, unit, runs }) =>
      runs.map((run) => scores.regret(run, problem, n) / unit),
    );
    return { n, low: quantile(values, 0.25), middle: quantile(values, 0.5), high: quantile(values, 0.75) };
  });
}

/** Some sixty numbers of trials from 1 to the budget. */
function ticksOf(budget) {
  return Array.from({ length: 61 }, (_, i) => Math.max(1, Math.round((budget * i) / 60)));
}

function panel(title, lines, budget, offset) {
  const drawn = lines.flatMap(({ points }) => points);
  const logs = drawn.flatMap(({ low, high }) => [low, high]).map((value) => Math.log10(Math.max(LEAST, value)));
  const [bottom, top] = [Math.floor(Math.min(...logs, -1)), Math.ceil(Math.max(...logs, 0))];
  const x = (n) => (PANEL.left + offset + (n / budget) * PANEL.width).toFixed(1);
  const share = (value) => (top - Math.log10(Math.max(LEAST, value))) / (top - bottom);
  const y = (value) => (PANEL.top + share(value) * PANEL.height).toFixed(1);
  return [
    `<text x="${x(0)}" y="${PANEL.top - 14}" font-size="14">${title}</text>`,
    ...axes(x, y, budget, bottom, top),
    ...lines.map(({ points }, i) => line(points, COLOURS[i % COLOURS.length], x, y)),
  ].join('\n');
}

function axes(x, y, budget, bottom, top) {
  const marks = [];
  for (let decade = bottom; decade <= top; decade++) {
    const value = 10 ** decade;
    marks.push(
      `<line x1="${x(0)}" x2="${x(budget)}" y1="${y(value)}" y2="${y(value)}" stroke="#dddddd"/>`,
      `<text x="${Number(x(0)) - 6}" y="${y(value)}" text-anchor="end">${value}</text>`,
    );
  }
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const n = Math.round(budget * share);
    marks.push(`<text x="${x(n)}" y="${Number(y(10 ** bottom)) + 16}" text-anchor="middle">${n}</text>`);
  }
  marks.push(`<text x="${x(budget / 2)}" y="${Number(y(10 ** bottom)) + 36}" text-anchor="middle">evaluations</text>`);
  return marks;
}

function line(points, colour, x, y) {
  if (points.length === 0) return '';
  const path = (value, from) => from.map((point) => `${x(point.n)},${y(value(point))}`).join(' ');
  const band = `${path((p) => p.low, points)} ${path((p) => p.high, [...points].reverse())}`;
  return `<polygon points="${band}" fill="${colour}" fill-opacity="0.1"/>
<polyline points="${path((p) => p.middle, points)}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

function legend(methods, left) {
  return methods
    .map(({ name }, i) => {
      const y = PANEL.top + 10 + i * 20;
      return `<line x1="${left}" x2="${left + 20}" y1="${y}" y2="${y}" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2"/>
<text x="${left + 26}" y="${y + 4}">${name}</text>`;
    })
    .join('\n');
}
