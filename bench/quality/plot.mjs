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
 * Writes build-quality/quality.svg: a panel for each half, of the first batch size. A method that was not run with the largest
 * budget ends at its own.
 *
 * @returns where it is.
 */
export function plot(scores, { methods, problems, halves, budgets, batches }) {
  const batch = batches[0];
  const sizes = budgets.filter((size) => size % batch === 0).sort((a, b) => b - a);
  const budget = sizes[0];
  const halvesLines = halves.map((half) => {
    const ofHalf = problems.filter((p) => p.half === half && scores.reference(p, budget) > 0);
    return methods.map((method, i) => ({
      method,
      colour: COLOURS[i % COLOURS.length],
      ...bands(scores, method, ofHalf, sizes, batch),
    }));
  });
  const drawn = halvesLines.flat().flatMap(({ points }) => points ?? []);
  const scale = scaleOf(drawn);
  const panels = halves.map((half, i) => {
    const title = `Half ${half}, N = ${budget}, ${batch === 1 ? 'one at a time' : `batches of ${batch}`}`;
    return panel(title, halvesLines[i], budget, scale, i * (PANEL.width + PANEL.gap));
  });
  const width = PANEL.left + halves.length * (PANEL.width + PANEL.gap) + LEGEND;
  const height = PANEL.top + PANEL.height + 60;
  const file = join(folder, 'quality.svg');
  writeFileSync(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>
${panels.join('\n')}
${legend(halvesLines, width - LEGEND)}
</svg>
`,
  );
  return file;
}

/**
 * Quartiles of the normalised regrets after some numbers of trials; all are divided by random search's with twice the largest
 * budget. Nothing for a method that lacks a problem.
 */
function bands(scores, method, problems, [largest, ...smaller], batch) {
  for (const budget of [largest, ...smaller]) {
    const measured = problems.map((problem) => ({
      problem,
      unit: scores.reference(problem, largest),
      runs: scores.runs(method, problem, { budget, batch }).filter((run) => run.error === undefined),
    }));
    if (measured.length === 0 || measured.some(({ runs }) => runs.length === 0)) continue;
    const points = ticksOf(budget).map((n) => {
      const values = measured.flatMap(({ problem, unit, runs }) =>
        runs.map((run) => scores.regret(run, problem, n) / unit),
      );
      return { n, low: quantile(values, 0.25), middle: quantile(values, 0.5), high: quantile(values, 0.75) };
    });
    return { points };
  }
  return {};
}

/** Some sixty numbers of trials from 1 to the budget. */
function ticksOf(budget) {
  return Array.from({ length: 61 }, (_, i) => Math.max(1, Math.round((budget * i) / 60)));
}

/** The decades that hold all of the bands. */
function scaleOf(points) {
  const logs = points.flatMap(({ low, high }) => [low, high]).map((value) => Math.log10(Math.max(LEAST, value)));
  return { bottom: Math.floor(Math.min(...logs, -1)), top: Math.ceil(Math.max(...logs, 0)) };
}

function panel(title, lines, budget, { bottom, top }, offset) {
  const x = (n) => (PANEL.left + offset + (n / budget) * PANEL.width).toFixed(1);
  const share = (value) => (top - Math.log10(Math.max(LEAST, value))) / (top - bottom);
  const y = (value) => (PANEL.top + share(value) * PANEL.height).toFixed(1);
  return [
    `<text x="${x(0)}" y="${PANEL.top - 14}" font-size="14">${title}: regret, 1 = random search with 2N</text>`,
    ...axes(x, y, budget, bottom, top),
    ...lines.map(({ points, colour }) => line(points, colour, x, y)),
  ].join('\n');
}

function axes(x, y, budget, bottom, top) {
  const marks = [];
  for (let decade = bottom; decade <= top; decade++) {
    const value = 10 ** decade;
    marks.push(
      `<line x1="${x(0)}" x2="${x(budget)}" y1="${y(value)}" y2="${y(value)}" stroke="#dddddd"/>`,
      `<text x="${Number(x(0)) - 6}" y="${y(value)}" text-anchor="end">${Number(value.toPrecision(1))}</text>`,
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
  if (points === undefined) return '';
  const path = (value, from) => from.map((point) => `${x(point.n)},${y(value(point))}`).join(' ');
  const band = `${path((p) => p.low, points)} ${path((p) => p.high, [...points].reverse())}`;
  return `<polygon points="${band}" fill="${colour}" fill-opacity="0.1"/>
<polyline points="${path((p) => p.middle, points)}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

/** The methods that have a line. */
function legend(halvesLines, left) {
  const drawn = new Map(
    halvesLines.flat().flatMap(({ method, colour, points }) => (points ? [[method.name, colour]] : [])),
  );
  return [...drawn]
    .map(([name, colour], i) => {
      const y = PANEL.top + 10 + i * 20;
      return `<line x1="${left}" x2="${left + 20}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>
<text x="${left + 26}" y="${y + 4}">${name}</text>`;
    })
    .join('\n');
}
