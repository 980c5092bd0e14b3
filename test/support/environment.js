// Jest environment: Node, with the outer realm's binary and error constructors, so that native add-ons
// (onnxruntime, node:sqlite, sharp) accept typed arrays made in a test, and instanceof holds across the border.
import { TestEnvironment } from 'jest-environment-node';

const SHARED = [
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  Error,
  RangeError,
  TypeError,
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

export default class SonorelayEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const shared of SHARED) this.global[shared.name] = shared;
  }
}
