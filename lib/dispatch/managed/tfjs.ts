/** As much of TensorFlow.js as the engines use themselves: its types are not there unless the user has installed it. */
import type { TensorMemory } from './session.js';

export interface Tensor {
  readonly isDisposed: boolean;
  dispose(): void;
}

/** Opaque: where the values of a tensor are. */
export type DataId = object;

export interface TensorInfo {
  readonly dataId: DataId;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A back-end, such as `tf.backend()`. */
export interface KernelBackend {
  write(values: unknown, shape: readonly number[], dtype: string): DataId;
  readSync(dataId: DataId): unknown;
  disposeIntermediateTensorInfo(info: TensorInfo): void;
}

export interface KernelConfig {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (call: {
    inputs: Record<string, TensorInfo | undefined>;
    attrs?: object;
    backend: KernelBackend;
  }) => TensorInfo | TensorInfo[];
}

/** The bookkeeper of all tensors: `tf.engine()`. */
export interface Engine {
  trackTensor(tensor: Tensor, backend: KernelBackend): void;
  disposeTensor(tensor: Tensor): void;
}

export interface Model {
  readonly optimizer?: { dispose(): void };
  /** Whether its optimizer was made by `compile`, and goes with it. */
  readonly isOptimizerOwned?: boolean;
  dispose(): unknown;
}

type MakeModel = (config?: unknown) => Model;

export interface Tfjs {
  memory(): TensorMemory;
  engine(): Engine;
  setBackend(name: string): Promise<boolean>;
  findBackend(name: string): (KernelBackend & { firstUse?: boolean }) | null;
  getKernel(kernelName: string, backendName: string): KernelConfig | undefined;
  getKernelsForBackend(backendName: string): KernelConfig[];
  registerKernel(config: KernelConfig): void;
  readonly Tensor: new (...args: never[]) => Tensor;
  readonly layers: unknown;
  readonly callbacks: unknown;
  readonly sequential: MakeModel;
  readonly model: MakeModel;
}
