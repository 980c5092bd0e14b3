// Whether a graph is the one that its manifest describes. In: the tensors that the manifest states and those that ONNX Runtime found. Out: the problems.
import type { GraphSpec, TensorSpec } from '../contracts/model.ts';

type Shape = readonly (number | string)[];
type Found = { readonly name: string } & (
  | { readonly isTensor: true; readonly type: string; readonly shape: Shape }
  | { readonly isTensor: false }
);
/** What a session of ONNX Runtime says of its graph. */
type Session = { readonly inputMetadata: readonly Found[]; readonly outputMetadata: readonly Found[] };

/** Lengths differ only where both are numbers: names are free lengths. A graph that does not say its shape is given as an empty one. */
const isAnother = (stated: Shape, found: Shape): boolean =>
  found.length > 0 &&
  (stated.length !== found.length ||
    stated.some((length, axis) => typeof length === 'number' && typeof found[axis] === 'number' && length !== found[axis]));

function tensorProblem(spec: TensorSpec, found: readonly Found[]): string | null {
  const tensor = found.find(({ name }) => name === spec.name);
  if (tensor === undefined) return `not in the graph, which has ${found.map(({ name }) => name).join(', ')}`;
  if (!tensor.isTensor) return 'no tensor in the graph';
  if (tensor.type !== spec.type) return `${tensor.type} in the graph, the manifest states ${spec.type}`;
  if (isAnother(spec.shape, tensor.shape))
    return `shape [${tensor.shape.join(', ')}] in the graph, the manifest states [${spec.shape.join(', ')}]`;
  return null;
}

/** Problems as `inputs.name: what`; inputs that only the graph has are among them, since nothing would feed them. */
export function signatureProblems(stated: Pick<GraphSpec, 'inputs' | 'outputs'>, session: Session): readonly string[] {
  const sides = [
    ['inputs', stated.inputs, session.inputMetadata],
    ['outputs', stated.outputs, session.outputMetadata],
  ] as const;
  const problems = sides.flatMap(([side, specs, found]) =>
    specs.flatMap((spec) => {
      const problem = tensorProblem(spec, found);
      return problem === null ? [] : [`${side}.${spec.name}: ${problem}`];
    }),
  );
  const unfed = session.inputMetadata.filter(({ name }) => !stated.inputs.some((spec) => spec.name === name));
  return [...problems, ...unfed.map(({ name }) => `inputs.${name}: in the graph, not in the manifest`)];
}
