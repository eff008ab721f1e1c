/**
 * A controller that is aborted with `signal` and can be aborted on its own as well. `unlink` lets go of the signal, which
 * may live much longer.
 */
export class LinkedAbort extends AbortController {
  readonly #parent: AbortSignal | undefined;
  readonly #follow = () => this.abort(this.#parent?.reason);

  constructor(parent: AbortSignal | undefined) {
    super();
    this.#parent = parent;
    if (parent?.aborted) this.#follow();
    else parent?.addEventListener('abort', this.#follow, { once: true });
  }

  unlink(): void {
    this.#parent?.removeEventListener('abort', this.#follow);
  }
}
