import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ProblemView } from './problems/problem.js';

/** Serves the description at /docs and /docs-json. */
export function describeApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), { jsonDocumentUrl: 'docs-json', raw: ['json'] });
}

export function apiDocument(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Tributary')
    .setDescription(
      'Recruiting integration hub. Errors are RFC 9457 problems with a JSON pointer per field; `x-permission` names what a key must hold.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'trib_…' })
    .build();
  const operationIdFactory = (controller: string, method: string): string => `${method}${controller.replace(/Controller$/, '')}`;
  const document = SwaggerModule.createDocument(app, about, { extraModels: [ProblemView], operationIdFactory });
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.patch, path.delete]) {
      if (!operation) continue;
      operation.responses.default = PROBLEM;
      // Nest also describes the header that a handler reads, as required and in its own spelling.
      operation.parameters = operation.parameters?.filter(
        (one) => !('name' in one && one.in === 'header' && one.name === one.name.toLowerCase()),
      );
    }
  }
  document.paths['/api/v1/hooks/{endpoint}'] = HOOKS;
  document.paths['/api/v1/partners/{endpoint}/{route}'] = PARTNERS;
  return document;
}

const PROBLEM = {
  description: 'a problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemView' } } },
};

const HOOKS: OpenAPIObject['paths'][string] = {
  post: {
    tags: ['webhooks'],
    operationId: 'receiveWebhook',
    security: [],
    description:
      'Verified by the signature scheme of the connector over the raw bytes; committed before the answer. A repeat is answered alike and does nothing.',
    parameters: [{ name: 'endpoint', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
    requestBody: { required: true, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
    responses: {
      200: { description: 'stored, or known already' },
      401: { ...PROBLEM, description: 'the signature does not fit' },
      404: { ...PROBLEM, description: 'no such endpoint' },
      503: { ...PROBLEM, description: 'send it again after Retry-After', headers: { 'Retry-After': { schema: { type: 'integer' } } } },
    },
  },
};

const PARTNERS: OpenAPIObject['paths'][string] = {
  post: {
    tags: ['partners'],
    operationId: 'answerPartner',
    security: [],
    description:
      'Addresses of a vendor’s shape that partners call on us, with any method; which there are, a connector’s `partnerRoutes` tell. Proven as the connector says; what a call brings is committed before the answer, which has the vendor’s shape.',
    parameters: [
      { name: 'endpoint', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
      { name: 'route', in: 'path', required: true, schema: { type: 'string' } },
    ],
    requestBody: { required: false, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
    responses: {
      200: { description: 'what the vendor documents' },
      401: { ...PROBLEM, description: 'the call does not prove itself' },
      404: { ...PROBLEM, description: 'no such endpoint or route' },
      405: { ...PROBLEM, description: 'the route has another method' },
      413: { ...PROBLEM, description: 'more than 16 MiB' },
      429: { ...PROBLEM, description: 'call again after Retry-After' },
      503: { ...PROBLEM, description: 'call again after Retry-After' },
    },
  },
};
