/** Prints rows as a Markdown table, so that a result can go into the README as it is. */
export function printTable(title, header, rows) {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  console.log(`\n${title}\n`);
  console.log(line(header));
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  for (const row of cells.slice(1)) console.log(line(row));
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** The value that a share of the values is not above. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Milliseconds of one awaited call. */
export async function timed(action) {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

/** Three significant digits. */
export function digits(value) {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 10 });
}
