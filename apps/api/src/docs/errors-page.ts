import { FAILURE_CODES } from '#hub/canonical';
import { whoActs } from '#hub/governance';
import { API_CODES, CODE_PAGES } from './failure-codes.js';

/** The committed text of docs/errors.md; also served at /docs/errors, where the `type` of every problem points. */
export function errorsPageText(): string {
  const records = FAILURE_CODES.map((code) => {
    const { means, engine, wayOut } = CODE_PAGES[code];
    return `### ${code}\n\n${means}\n\n- **The hub:** ${engine}\n- **Way out** (${whoActs(code)}): ${wayOut}\n`;
  });
  const rows = Object.entries(API_CODES).map(
    ([code, { status, means }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${status} | ${means} |`,
  );
  return `# Errors

<!-- Generated from apps/api/src/docs/failure-codes.ts by \`npm run generate\`. -->

Every error is a sentence that says what is wrong and what to do. Answers of the API follow RFC 9457 (\`application/problem+json\`):
\`code\` is one of the words below, \`errors\` names each field by a JSON pointer, \`traceId\` is the \`X-Request-Id\` of the answer.

## Records, runs and connections

An item of the error queue carries one of these codes, and closes only when a fresh read of the target shows the intended state, or with a recorded reason.

${records.join('\n')}
## Requests

| code | status | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}
