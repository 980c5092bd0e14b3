// The operator set that an ONNX file was written for. In: the bytes of the file. Out: the version, or null where the bytes are no such file.
// Only the few fields on the way are read; whether the rest is sound is for ONNX Runtime to say.

/** ModelProto.opset_import, OperatorSetIdProto.domain and .version (onnx.proto). */
const OPSET_IMPORT = 8;
const DOMAIN = 1;
const VERSION = 2;

/** Wire types of protocol buffers. */
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

type Field = { readonly number: number; readonly value: number | Uint8Array };

/** The fields of one message in order; null as last where the bytes break off or are none. */
function* fieldsOf(bytes: Uint8Array): Generator<Field | null> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length && factor <= 2 ** 63; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === VARINT) {
      yield { number, value: varint() };
      continue;
    }
    const length = wire === BYTES ? varint() : wire === FIXED_64 ? 8 : wire === FIXED_32 ? 4 : Number.NaN;
    if (!(at + length <= bytes.length)) return yield null;
    yield { number, value: bytes.subarray(at, at + length) };
    at += length;
  }
}

/** Version of the standard operators, whose domain is empty or `ai.onnx`. */
export function opsetOf(bytes: Uint8Array): number | null {
  for (const field of fieldsOf(bytes)) {
    if (field === null) return null;
    if (field.number !== OPSET_IMPORT || !(field.value instanceof Uint8Array)) continue;
    let domain = '';
    let version: number | null = null;
    for (const inner of fieldsOf(field.value)) {
      if (inner === null) return null;
      if (inner.number === DOMAIN && inner.value instanceof Uint8Array) domain = new TextDecoder().decode(inner.value);
      if (inner.number === VERSION && typeof inner.value === 'number') version = inner.value;
    }
    if (domain === '' || domain === 'ai.onnx') return version;
  }
  return null;
}
