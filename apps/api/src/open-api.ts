import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** Serves the description at /docs and /docs-json. */
export function describeApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), { jsonDocumentUrl: 'docs-json' });
}

export function apiDocument(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder().setTitle('Tributary').setDescription('Recruiting integration hub. Errors are RFC 9457 problems with a JSON pointer per field.').setVersion('1').addBearerAuth().build();
  const document = SwaggerModule.createDocument(app, about);
  document.paths['/api/v1/hooks/{endpoint}'] = {
    post: {
      tags: ['webhooks'], operationId: 'receiveWebhook', security: [], description: 'Verified by the signature scheme of the connector over the raw bytes; committed before the answer.',
      parameters: [{ name: 'endpoint', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
      requestBody: { content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
      responses: { 200: { description: 'stored, or known already' }, 401: { description: 'the signature does not fit' }, 404: { description: 'no such endpoint' }, 503: { description: 'send it again' } },
    },
  };
  return document;
}

/** The committed text of docs/openapi.json. */
export function openApiText(app: INestApplication): string {
  return `${JSON.stringify(sorted(apiDocument(app)), undefined, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
