/** A share as people write it: 100 %, 99.9 %, 12 %, 0.012 %. 100 % is all of it, and nothing less. */
export function percent(share: number): string {
  if (share > 0.99 && share < 1) return `${Math.floor(1000 * share) / 10} %`;
  return `${(100 * share).toLocaleString('en', { maximumSignificantDigits: 2 })} %`;
}
