/** The end of a stream of bytes, in bounded memory. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #dropped = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether the start of the stream is gone. */
  get truncated(): boolean {
    return this.#dropped || this.#bytes > this.#limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Merged now and then only: it copies everything. Many small chunks cost more than their bytes.
    if (this.#bytes > 2 * this.#limit || this.#chunks.length > 1024) this.#merge();
  }

  /** What is kept, as UTF-8. */
  text(): string {
    this.#merge();
    let [bytes = Buffer.alloc(0)] = this.#chunks;
    // A character that was cut in two is left out.
    while (this.#dropped && bytes.length > 0 && ((bytes[0] as number) & 0xc0) === 0x80) bytes = bytes.subarray(1);
    return bytes.toString('utf8');
  }

  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#dropped = false;
  }

  #merge(): void {
    const all = Buffer.concat(this.#chunks);
    const kept = all.length > this.#limit ? Buffer.from(all.subarray(-this.#limit)) : all;
    this.#dropped ||= kept.length < all.length;
    this.#chunks = [kept];
    this.#bytes = kept.length;
  }
}
