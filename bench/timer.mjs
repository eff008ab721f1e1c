/** A timer that should fire every 10 milliseconds. */
const INTERVAL_MS = 10;

/** Starts it; the function returned stops it and gives how late each tick was, in milliseconds. */
export function watchTimer() {
  const lateness = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lateness.push(Math.max(0, now - last - INTERVAL_MS));
    last = now;
  }, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return lateness;
  };
}
