// The contract: the outputs of a stack, which other programs read. Its shape (shape.ts), what a stack says of itself
// in that shape (outputs.ts), and how another Pulumi program reads it (client.ts).
export { contract, type Parts, type Serving } from "./outputs";
export { CONTRACT_VERSION } from "./shape";
