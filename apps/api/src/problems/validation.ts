import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { Problem, type ProblemPart } from './problem.js';

/** DTOs are allow-lists: an unknown field is a fault with its pointer, not something to drop. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true, forbidNonWhitelisted: true, transform: true, transformOptions: { enableImplicitConversion: true }, stopAtFirstError: true, validationError: { target: false, value: false },
    exceptionFactory: (faults) => new Problem(422, 'INVALID_REQUEST', 'the request has faults; each names its field and the rule', faults.flatMap((fault) => partsOf(fault, ''))),
  });
}

function partsOf(fault: ValidationError, parent: string): ProblemPart[] {
  const pointer = `${parent}/${fault.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(fault.constraints ?? {}).map(([code, detail]) => ({ pointer, code, detail }));
  return [...own, ...(fault.children ?? []).flatMap((child) => partsOf(child, pointer))];
}
