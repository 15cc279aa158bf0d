// What goes wrong with a call, as pages show it.

/** An answer of the API that says no, or no answer at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** Reads the body of an answer that says no. */
export function readProblem(status: number, body: unknown): ApiError {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') {
    const code = 'code' in body && typeof body.code === 'string' ? body.code : 'unknown';
    const field = 'field' in body && typeof body.field === 'string' ? body.field : undefined;
    return new ApiError(status, code, body.error, field);
  }
  return new ApiError(status, 'unknown', `The server answered ${status} without saying why.`);
}

/** What a person reads of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError && error.status === 0) {
    return 'The server can’t be reached. Is it still running?';
  }
  const text = error instanceof Error ? error.message : 'Something went wrong.';
  return text.charAt(0).toUpperCase() + text.slice(1);
}
