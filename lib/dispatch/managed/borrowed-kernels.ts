import type { DataId, KernelBackend, KernelConfig, TensorInfo, Tfjs } from './tfjs.js';

/**
 * Lets WebAssembly take the kernels that it lacks from the JavaScript back-end, so that whatever can be computed can be
 * computed with it: without the gradients of convolutions, for one, no convolutional network could be trained.
 */
export function borrowKernels(tf: Tfjs): void {
  const cpu = tf.findBackend('cpu');
  if (cpu === null) return;
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernel.kernelName, 'wasm') === undefined) tf.registerKernel(borrowed(kernel, cpu));
  }
}

/** The kernel with its inputs and outputs carried over. */
function borrowed({ kernelName, kernelFunc }: KernelConfig, cpu: KernelBackend): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc({ inputs, attrs, backend }) {
      const carried = new Map<DataId, TensorInfo>();
      const copies = Object.entries(inputs).map(([name, input]) => {
        if (input === undefined || input === null) return [name, input] as const;
        const copy = { ...copyOf(input, backend, cpu), shape: input.shape };
        carried.set(copy.dataId, copy);
        return [name, copy] as const;
      });
      const call = { inputs: Object.fromEntries(copies), backend: cpu, ...(attrs !== undefined && { attrs }) };
      const results = kernelFunc(call);
      const take = (result: TensorInfo) => {
        carried.set(result.dataId, result); // a kernel may return its input
        return copyOf(result, cpu, backend);
      };
      const taken = Array.isArray(results) ? results.map(take) : take(results);
      for (const info of carried.values()) cpu.disposeIntermediateTensorInfo(info);
      return taken;
    },
  };
}

function copyOf({ dataId, shape, dtype }: TensorInfo, from: KernelBackend, to: KernelBackend): TensorInfo {
  return { dataId: to.write(from.readSync(dataId), shape, dtype), shape, dtype };
}
