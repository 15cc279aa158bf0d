// Errors of API calls, as pages show them.

/** An error response of the API, or no response at all (`status` 0). */
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

/** Reads the body of an error response. */
export function readProblem(status: number, body: unknown): ApiError {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') {
    const code = 'code' in body && typeof body.code === 'string' ? body.code : 'unknown';
    const field = 'field' in body && typeof body.field === 'string' ? body.field : undefined;
    return new ApiError(status, code, body.error, field);
  }
  return new ApiError(status, 'unknown', `The server responded with status ${status} and no error message.`);
}

/** Returns the message to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError && error.status === 0) {
    return 'Can’t reach the server. Check that it is running.';
  }
  const text = error instanceof Error ? error.message : 'Something went wrong.';
  return text.charAt(0).toUpperCase() + text.slice(1);
}
