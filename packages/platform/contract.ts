// The contract alone, as the small package `mlops-platform-contract` has it.
export * from "../contract";
