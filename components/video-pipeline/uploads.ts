// Uploads: what the ways in to a video pipeline are asked for, so that videos arrive.
import { ExposureArgs } from "../exposure";
import { bytes, mebibytes } from "../workload";

export interface Uploads {
  /** The largest video: `500Mi`. */
  size: string;
  /** Seconds that a request and its answer may take. */
  timeout: number;
}

/** Browsers send a video within a form, whose field names and boundaries count as well. */
const FORM = "1Mi";

/** The part of an exposure that lets such uploads through. */
export function uploadExposure({
  size,
  timeout,
}: Uploads): Required<Pick<ExposureArgs, "bodySize" | "timeout" | "streaming">> {
  return { bodySize: mebibytes(bytes(size) + bytes(FORM)), timeout, streaming: true };
}
