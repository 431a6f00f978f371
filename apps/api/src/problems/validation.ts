import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { Problem, type ProblemPart } from './problem.js';

/** DTOs are allow-lists: an unknown field is a fault with its pointer, not something to drop. Nothing is converted silently. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (faults) =>
      new Problem(422, 'INVALID_REQUEST', 'the request has faults; each names its field and the rule', partsOf(faults)),
  });
}

/** class-validator's tree of faults as JSON pointers (RFC 6901). */
export function partsOf(faults: ValidationError[], parent = ''): ProblemPart[] {
  return faults.flatMap((fault) => {
    const pointer = `${parent}/${fault.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const own = Object.entries(fault.constraints ?? {}).map(([code, detail]) => ({ pointer, code, detail }));
    return [...own, ...partsOf(fault.children ?? [], pointer)];
  });
}
