/** The API says no. Most refusals are HTTP 200 with `success: false`, as the vendor does it. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 200,
  ) {
    super(message);
  }
}

export const refusalBody = ({ code, message }: { code: string; message: string }, requestId: string) => ({
  success: false,
  errors: [code],
  errorInfo: { code, message, requestId },
});
